// Worker processes as in production: one station or several, started by a command line, ended by signals.
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { eventually } from '../support/eventually.ts';
import { LineProcesses } from '../support/line-processes.ts';
import { RealLine } from '../support/real-line.ts';
import { namespace, testServers } from '../support/servers.ts';

// Each test starts processes, which compiles them.
jest.setTimeout(60_000);

const line = new LineProcesses(namespace());
const real = new RealLine(line.namespace);
const intake = line.intake();

beforeAll(async () => {
  await line.prepare();
  await intake.start();
});

/** Ids of the workers whose heartbeat is there. */
async function heartbeats(): Promise<string[]> {
  const client = new MongoClient(testServers().mongodbUrl);
  try {
    const found = await client.db(line.namespace).collection<{ _id: string }>('workers').find().toArray();
    return found.map(({ _id }) => _id);
  } finally {
    await client.close();
  }
}

describe('a worker process', () => {
  it('hosts the station that its arguments name, and leaves nothing behind when it is told to stop', async () => {
    const worker = await line.worker(['pack']).start();
    const workflowId = await real.start('one-station', { weight: 1 });
    await eventually(async () => (await real.history(workflowId))?.snapshots.length === 1);
    const { snapshots } = (await real.history(workflowId)) ?? { snapshots: [] };
    const [holder] = await heartbeats();
    expect(snapshots[0]).toMatchObject({ action: 'pack', state: 'packed', worker: holder });
    expect(holder).toMatch(new RegExp(`-${worker.pid}-[a-z0-9]{8}$`));

    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    expect(worker.stderr).toBe('');
    expect(await heartbeats()).toEqual([]);

    // The next step has waited in its queue, for a worker that was not there.
    const sender = await line.worker(['send']).start();
    const ended = await real.until(workflowId, 'ended');
    expect(ended.attempts.map(({ action, attempt, fate }) => ({ action, attempt, fate }))).toEqual([
      { action: 'pack', attempt: 1, fate: undefined },
      { action: 'send', attempt: 1, fate: undefined },
    ]);
    expect(await sender.stop()).toEqual({ code: 0, signal: null });
  });

  it('hosts several stations at once', async () => {
    const worker = await line.worker(['pack', 'send']).start();
    const { head, snapshots } = await real.until(await real.start('two-stations', { weight: 2 }), 'ended');
    expect(head.status).toBe('succeeded');
    expect(new Set(snapshots.map((snapshot) => snapshot.worker)).size).toBe(1);
    await worker.stop();
  });

  it('lets a running action end before it stops', async () => {
    const worker = await line.worker(['pack', 'send'], { SHUTDOWN_GRACE: '15s' }).start();
    const workflowId = await real.start('slow', { weight: 3, packMs: 1_500 });
    await eventually(async () => (await real.history(workflowId))?.attempts.length === 1);
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    const { attempts, snapshots } = (await real.history(workflowId)) ?? { attempts: [], snapshots: [] };
    expect(attempts[0]).not.toHaveProperty('fate');
    expect(snapshots[0]).toMatchObject({ action: 'pack', attempt: 1 });
  });

  it('gives back what does not end in time, spending nothing of its budget', async () => {
    const worker = await line.worker(['pack'], { SHUTDOWN_GRACE: '8s' }).start();
    const workflowId = await real.start('very-slow', { weight: 4, packMs: 20_000 });
    await eventually(async () => (await real.history(workflowId))?.attempts.length === 1);
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    expect((await real.history(workflowId))?.attempts).toMatchObject([{ attempt: 1, fate: 'released' }]);
    expect(await real.ready('work.pack')).toBe(1);
    await real.channel.purgeQueue(`${line.namespace}.work.pack`);
  });

  it('tells how it is over HTTP', async () => {
    const worker = await line.worker(['pack', 'send']).start();
    await real.until(await real.start('measured', { weight: 5 }), 'ended');
    expect(await worker.status('/healthz')).toMatchObject({ code: 200 });
    expect(JSON.parse((await worker.status('/readyz')).body)).toEqual({ ready: true, failing: [] });
    const { body } = await worker.status('/metrics');
    expect(body).toMatch(/conveyor_action_duration_seconds_count\{.*action="pack".*\} 1/);
    expect(body).toContain('nodejs_eventloop_lag_seconds');
    await worker.stop();
  });

  it('gives itself up after it was paused for too long, and another goes on', async () => {
    const paused = await line.worker(['pack'], { LIVENESS_TIMEOUT: '5s' }).start();
    const workflowId = await real.start('paused', { weight: 6, packMs: 2_000 });
    await eventually(async () => (await real.history(workflowId))?.attempts.length === 1);
    paused.pause();
    const other = await line.worker(['pack', 'send'], { LIVENESS_TIMEOUT: '5s' }).start();
    const done = real.until(workflowId, 'ended', 25_000);
    // Its connection is open, so the message is its own until it is gone: the broker gives it to the other then.
    await eventually(async () => (await other.status('/readyz')).code === 200);
    // Longer than its liveness timeout: time itself is the fact here.
    await sleep(6_000);
    paused.resume();
    expect(await paused.waitForExit()).toMatchObject({ code: 1 });
    expect(paused.stderr).toMatch(
      /^worker: liveness-lost: The heartbeat of worker .* could not be renewed within 5000 ms/,
    );
    const { attempts } = await done;
    expect(attempts.filter(({ action }) => action === 'pack').length).toBe(2);
    await other.stop();
  });
});

describe('a worker that is set up wrongly', () => {
  const refusal = async (actions: readonly string[], env: Record<string, string | undefined>): Promise<string> => {
    const worker = line.worker(actions, env).spawn();
    expect(await worker.waitForExit()).toMatchObject({ code: 1 });
    expect(worker.stderr.trimEnd().split('\n')).toHaveLength(1);
    return worker.stderr;
  };

  it.each<[string, readonly string[], Record<string, string | undefined>, RegExp]>([
    ['no broker is named', ['pack'], { AMQP_URL: undefined }, /^worker: config-invalid: AMQP_URL: is not set/],
    [
      'a variable is misspelt',
      ['pack'],
      { CONVEYOR_NAMESPCE: 'x' },
      /CONVEYOR_NAMESPCE: .*did you mean CONVEYOR_NAMESPACE/,
    ],
    ['no action is named', [], {}, /arguments: name the actions to host; .*parcels.ts has: pack, send\./],
    ['an action does not exist', ['packk'], {}, /there is no action "packk"; did you mean "pack"\?/],
    [
      'the module does not exist',
      ['pack'],
      { ACTIONS_MODULE: './gone.ts' },
      /module-invalid: Module \.\/gone\.ts: there is no such file/,
    ],
    [
      'it would not outlive a failover',
      ['pack'],
      { LIVENESS_TIMEOUT: '2s' },
      /timeout-too-small: LIVENESS_TIMEOUT is 2000 ms/,
    ],
  ])('ends with one line when %s', async (_, actions, env, expected) => {
    expect(await refusal(actions, env)).toMatch(expected);
  });

  it.each([
    ['MongoDB', { MONGODB_URL: 'mongodb://user:secret@127.0.0.1:1' }, 'waiting for a server'],
    ['RabbitMQ', { AMQP_URL: 'amqp://user:secret@127.0.0.1:1' }, 'no connection to RabbitMQ'],
  ])('waits while %s is not there, says so, and can be stopped meanwhile', async (_, env, message) => {
    const worker = line.worker(['pack'], env).spawn();
    expect(await worker.waitForLine(message)).toMatchObject({ level: 'warn' });
    const askedAt = performance.now();
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    expect(performance.now() - askedAt).toBeLessThan(5_000);
    expect(worker.stdout).not.toContain('secret');
  });
});

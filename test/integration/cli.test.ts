// The `conveyor` command as people and programs use it, on real servers.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { LineProcesses } from '../support/line-processes.ts';
import { runProgram } from '../support/processes.ts';
import { RealLine } from '../support/real-line.ts';
import { namespace, testServers } from '../support/servers.ts';

jest.setTimeout(60_000);

const line = new LineProcesses(namespace());
const real = new RealLine(line.namespace);
const intake = line.intake();
const packer = line.worker(['pack']);
const sender = line.worker(['send']);

beforeAll(async () => {
  // The line alone, before any definition is known: `send` gets no queue until its worker starts.
  await line.json(['topology', 'declare']);
  await line.json(['definitions', 'register', 'test/support/modules/parcels.ts']);
  await Promise.all([intake.start(), packer.start()]);
});

afterAll(async () => {
  await Promise.all([intake, packer, sender].map((service) => service.stop()));
});

describe('the command line on real servers', () => {
  it('brings a workflow without a station to its end: parked, shown, taken up again once the station is there', async () => {
    const id = await real.start('order-1', { weight: 3 });
    await real.until(id, 'parked');
    expect(await line.json(['show', 'order-1'])).toMatchObject({
      workflowId: id,
      status: 'parked',
      state: 'packed',
      parked: { step: 2, action: 'send', code: 'no-station', advice: 'Start a worker for the action, then retry.' },
    });
    expect(await line.json(['retry', id], 1)).toMatchObject({ status: 'parked' });
    await sender.start();
    expect(await line.json(['retry', 'order-1'])).toMatchObject({ workflowId: id, step: 2, status: 'running' });
    const { head } = await real.until(id, 'ended');
    expect(head.status).toBe('succeeded');
    expect(await line.json(['audit'])).toMatchObject({ clean: true, totals: { started: 1, succeeded: 1 } });
  });

  it('shows what another program started, to people as plain text where no terminal is', async () => {
    const id = await real.start('order-2', { weight: 4, packFailures: 1 });
    await real.until(id, 'ended');
    const { code, stdout, stderr } = await line.cli(['show', 'order-2'], { AMQP_URL: undefined });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^parcel 1 · order-2 · .* · succeeded \(sent\) after /);
    expect(stdout).toMatch(/^1 +pack +1 +retried: no box left/m);
    expect(stdout).toMatch(/^ +pack +2 +completed +packed/m);
    expect(stdout).toContain(`"tracking": "track ${id}/00002"`);
    expect(stdout).not.toContain('\u001B');
  });

  it('has stable JSON', async () => {
    const started = await line.json([
      'start',
      'parcel',
      '--key',
      'order-3',
      '--data',
      '{"weight":1}',
      '--id',
      '3',
      '--wait',
    ]);
    expect(started).toEqual({
      workflowId: expect.stringMatching(/^[\w-]{22}$/),
      workflow: 'parcel',
      businessKey: 'order-3',
      source: '/conveyor/cli',
      id: '3',
      status: 'succeeded',
      state: 'sent',
    });
    const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(await line.json(['list', '--limit', '1'])).toEqual({
      workflows: [
        {
          workflowId: (started as { workflowId: string }).workflowId,
          workflow: 'parcel',
          version: 1,
          businessKey: 'order-3',
          status: 'succeeded',
          startedAt: date,
          endedAt: date,
          parked: null,
          waiting: null,
          cancelling: null,
          compensating: null,
          deadline: null,
        },
      ],
      hasMore: true,
    });
    const attempt = {
      worker: expect.any(String),
      at: date,
      sinceStartMs: expect.any(Number),
      tookMs: expect.any(Number),
    };
    const { timeline, ...shown } = (await line.json(['show', 'order-3'])) as { timeline: unknown };
    expect(shown).toEqual({
      workflowId: expect.any(String),
      workflow: 'parcel',
      version: 1,
      businessKey: 'order-3',
      status: 'succeeded',
      state: 'sent',
      step: 2,
      source: '/conveyor/cli',
      eventId: '3',
      startedAt: date,
      endedAt: date,
      deadline: null,
      parked: null,
      waiting: null,
      undo: null,
      requests: [],
      notifications: [],
      input: { weight: 1 },
      data: { weight: 1, box: expect.any(String), tracking: expect.any(String) },
    });
    expect(timeline).toEqual([
      { step: 1, action: 'pack', attempt: 1, kind: 'run', ...attempt, result: 'completed', state: 'packed' },
      { step: 2, action: 'send', attempt: 1, kind: 'run', ...attempt, result: 'completed', state: 'sent' },
    ]);
  });

  it('declares and verifies the topology, stations included', async () => {
    expect(await line.json(['topology', 'verify'])).toEqual({ missing: [] });
    await real.channel.deleteQueue(`${line.namespace}.dead`);
    expect(await line.json(['topology', 'verify'], 1)).toEqual({ missing: [`${line.namespace}.dead`] });
    await line.json(['topology', 'declare']);
    expect(await line.json(['topology', 'verify'])).toEqual({ missing: [] });
  });

  it('audits a line at work: hears its events, and how fresh workflows fare', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'conveyor-cli-'));
    const input = path.join(directory, 'input.json');
    writeFileSync(input, '{"weight":2}');
    const fresh = ['--fresh', '20', '--workflow', 'parcel', '--input', input, '--within', '30s'];
    const heard = await line.json(['audit', '--events', '2s', ...fresh]);
    rmSync(directory, { recursive: true });
    expect(heard).toMatchObject({
      clean: true,
      events: { workflows: 20, foreign: 0, complete: true },
      fresh: { started: 20, ended: { succeeded: 20 }, p50Ms: expect.any(Number), maxMs: expect.any(Number) },
      violations: [],
    });
    // Of each at least that it started and that it succeeded.
    expect((heard as { events: { events: number } }).events.events).toBeGreaterThanOrEqual(40);
  });

  it('is right about a line at rest, and finds a snapshot that is gone', async () => {
    const id = await real.start('order-4', { weight: 1 });
    await real.until(id, 'ended');
    expect(await line.json(['audit', '--drained'])).toMatchObject({ clean: true, violations: [], queues: [] });
    const client = new MongoClient(testServers().mongodbUrl);
    await client
      .db(line.namespace)
      .collection<{ _id: string }>('snapshots')
      .deleteOne({ _id: `${id}/00001` });
    await client.close();
    expect(await line.json(['audit'], 1)).toMatchObject({
      clean: false,
      violations: expect.arrayContaining([
        expect.objectContaining({ workflowId: id, businessKey: 'order-4', invariant: 'I2' }),
      ]),
    });
  });

  it.each([
    ['MONGODB_URL', ['list'], { MONGODB_URL: 'mongodb://user:secret@127.0.0.1:1' }],
    ['AMQP_URL', ['start', 'parcel', '--key', 'k'], { AMQP_URL: 'amqp://user:secret@127.0.0.1:1' }],
  ])(
    'gives up within seconds when the server of %s is not there, and keeps its password',
    async (variable, args, env) => {
      const startedAt = performance.now();
      const { code, stdout, stderr } = await line.cli(args, env);
      expect(performance.now() - startedAt).toBeLessThan(10_000); // of which starting the program takes its part
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        new RegExp(`^conveyor: (journal|broker)-unavailable: .*${variable} is \\w+://\\*\\*\\*@127\\.0\\.0\\.1:1\\.`),
      );
      expect(stderr.trimEnd()).not.toContain('\n');
      expect(stderr).not.toContain('secret');
    },
  );

  it.each([
    ['topology', 'declare'],
    ['start', 'parcel', '--key', 'k'],
  ])('says that the broker refuses the credentials: %s %s', async (...args) => {
    const url = new URL(testServers().amqpUrl);
    url.password = 'wrong';
    const { code, stderr } = await line.cli(args, { AMQP_URL: url.href });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^conveyor: broker-unavailable: .*ACCESS.REFUSED/);
    expect(stderr).not.toContain('wrong');
  });

  it('says what to do where no line was declared', async () => {
    const env = { CONVEYOR_NAMESPACE: `${line.namespace}-new` };
    const { code, stderr } = await line.cli(['start', 'parcel', '--key', 'k'], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^conveyor: exchange-missing: RabbitMQ has no exchange \S+-new\.start: start the intake, or run "conveyor topology declare"\. AMQP_URL is /,
    );
  });

  it('runs from a working copy as the package’s command', async () => {
    const env = { ...line.env, ACTIONS_MODULE: undefined };
    const help = await runProgram({
      program: 'infra/conveyor.mjs',
      args: ['--help'],
      env,
      cwd: path.parse(process.cwd()).root,
    });
    expect(help).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Usage: conveyor /) });
    const wrong = await runProgram({ program: 'infra/conveyor.mjs', args: ['lsit'], env });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(/unknown command 'lsit'/) });
  });
});

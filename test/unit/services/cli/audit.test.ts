// `conveyor audit`, over a line in memory.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { OutgoingMessage } from '../../../../shared/broker/broker.ts';
import { onCall } from '../../../support/on-call.ts';
import { parcelWorkflow, testAction } from '../../../support/test-actions.ts';
import { TestCli } from '../../../support/test-cli.ts';
import { TestLine, type TestLineOptions } from '../../../support/test-line.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'conveyor-audit-'));
afterAll(() => rmSync(directory, { recursive: true }));

const file = (name: string, content: unknown): string => {
  const at = path.join(directory, name);
  writeFileSync(at, typeof content === 'string' ? content : JSON.stringify(content));
  return at;
};

describe('conveyor audit', () => {
  async function lineWithOneEnded() {
    const line = new TestLine();
    await line.prepare([parcelWorkflow()]);
    await line.addIntake();
    await line.addWorker([testAction('pack'), testAction('send')]);
    const id = await line.start('parcel', 'order-1');
    await line.untilDrained();
    return { line, id, cli: new TestCli(line) };
  }

  it('finds a line in order, also when it must have come to rest', async () => {
    const { cli } = await lineWithOneEnded();
    expect(await cli.json(['audit'])).toMatchObject({
      clean: true,
      totals: { started: 1, succeeded: 1, failed: 0, cancelled: 0, parked: 0, waiting: 0, running: 0 },
      steps: 2,
      violations: [],
      queues: null,
    });
    expect(cli.connected).toEqual(['journal']);
    expect(await cli.json(['audit', '--drained'])).toMatchObject({ clean: true, queues: [] });
    expect((await cli.run('audit')).out).toMatch(
      /1 started = 1 succeeded \+ 0 failed .*all hold: I1 [^I]*I2 [^I]*I3 [^I]*I4 [^I]*$/s,
    );
  });

  it('asks whether it is the right line, where nothing was ever started', async () => {
    expect((await new TestCli(new TestLine()).run('audit')).out).toMatch(/^nothing was ever started here: is it the /m);
  });

  it('ends with 1 and names what is wrong', async () => {
    const { line, id, cli } = await lineWithOneEnded();
    line.store.shelves.get(id)?.snapshots.delete(`${id}/00001`);
    expect(await cli.json(['audit'], 1)).toMatchObject({
      clean: false,
      violationCount: expect.any(Number),
      violations: expect.arrayContaining([
        { workflowId: id, businessKey: 'order-1', invariant: 'I2', problem: expect.stringContaining('step 1') },
      ]),
    });
    expect((await cli.run('audit')).out).toMatch(new RegExp(`I2  ${id} \\(order-1\\): step 1 has no snapshot`));
  });

  it('finds a message that is left where the journal is in order', async () => {
    const { line, cli } = await lineWithOneEnded();
    await line.start('parcel', 'no-such-field', { unknown: true });
    await line.clock.runUntil(() => line.server.depths().get('test.dead')?.ready === 1, 10_000);
    expect(await cli.json(['audit', '--drained'], 1)).toMatchObject({
      clean: false,
      violations: [],
      queues: [{ queue: 'test.dead', ready: 1 }],
    });
  });

  it('finds what has not come to rest: a workflow in flight, a message in a queue', async () => {
    const { line, cli } = await lineWithOneEnded();
    await line.processes.at(-1)?.stop();
    await line.start('parcel', 'order-2');
    await line.clock.runUntil(() => line.server.depths().get('test.work.pack')?.ready === 1, 10_000);
    expect(await cli.json(['audit'])).toMatchObject({ clean: true, running: [{ businessKey: 'order-2', step: 1 }] });
    expect(await cli.json(['audit', '--drained'], 1)).toMatchObject({
      clean: false,
      violations: [{ businessKey: 'order-2', problem: expect.stringContaining('still on the line') }],
      queues: [{ queue: 'test.work.pack', ready: 1 }],
    });
  });
});

describe('conveyor audit, of a line at work', () => {
  async function lineAtWork(options: TestLineOptions = {}) {
    const line = new TestLine(options);
    await line.prepare([parcelWorkflow()]);
    await line.addIntake();
    await line.addWorker([testAction('pack'), testAction('send')]);
    return { line, cli: new TestCli(line) };
  }
  const input = () => file('input.json', {});

  it('hears what happens, starts workflows of its own, and finds all in order', async () => {
    const { line, cli } = await lineAtWork();
    const fresh = ['--fresh', '70', '--workflow', 'parcel', '--input', input()];
    expect(await cli.json(['audit', '--events', '5s', ...fresh, '--drained'])).toMatchObject({
      clean: true,
      totals: { started: 70, succeeded: 70 },
      events: { events: 210, workflows: 70, foreign: 0, complete: true },
      fresh: { workflow: 'parcel', started: 70, ended: { succeeded: 70, failed: 0, cancelled: 0 } },
      queues: [],
    });
    const { out } = await cli.run('audit', '--events', '1s', ...fresh);
    expect(out).toMatch(/^210 events of 70 workflows heard$/m);
    expect(out).toMatch(/^70 fresh parcel: 70 ended \(70 succeeded\), p50 \d+ ms, the slowest \d+ ms$/m);
    expect(out).toMatch(/all hold: .* I6 .* I8 /);
    expect([...line.server.depths().keys()].filter((queue) => queue.includes('listen'))).toEqual([]);
  });

  it('names fresh workflows that do not end', async () => {
    const { line, cli } = await lineAtWork();
    await line.processes.at(-1)?.stop();
    const args = ['audit', '--fresh', '2', '--workflow', 'parcel', '--input', input(), '--within', '3s'];
    expect(await cli.json(args, 1)).toMatchObject({
      clean: false,
      fresh: { started: 2, ended: { succeeded: 0 }, p50Ms: null, maxMs: null },
      violations: [
        {
          invariant: 'I8',
          businessKey: expect.stringMatching(/^audit-.*-1$/),
          problem: expect.stringMatching(/not ended within 3 s/),
        },
        { invariant: 'I8' },
      ],
      violationCount: 2,
    });
  });

  it('finds what happens and is not announced', async () => {
    const { cli } = await lineAtWork({
      wrapBroker: (broker) =>
        onCall(broker, 'publish', async (call, [message]) => {
          if ((message as OutgoingMessage).routingKey !== 'parcel.succeeded') await call();
        }),
    });
    const args = ['audit', '--events', '5s', '--fresh', '1', '--workflow', 'parcel', '--input', input()];
    expect(await cli.json(args, 1)).toMatchObject({
      violations: [
        { invariant: 'I6', problem: expect.stringMatching(/^succeeded of step 2, of .* was not announced$/) },
      ],
    });
  });

  it('says so when another program publishes where only the line should', async () => {
    const { line, cli } = await lineAtWork();
    const publisher = line.server.connect();
    const running = cli.run('audit', '--events', '2s', '--json');
    await line.clock.sleep(1_000);
    await publisher.publish({
      exchange: 'test.events',
      routingKey: 'parcel.news',
      body: Buffer.from('hello'),
      contentType: 'text/plain',
      messageId: 'm',
      mandatory: false,
    });
    const { code, out } = await running;
    expect({ code, ...JSON.parse(out) }).toMatchObject({
      code: 1,
      clean: false,
      violations: [],
      events: { foreign: 1 },
    });
  });

  it('gives up when the connection was lost meanwhile: nobody knows what was missed', async () => {
    const { line } = await lineAtWork();
    const broker = line.server.connect();
    const cli = new TestCli(line, { connectBroker: () => broker });
    const running = cli.run('audit', '--events', '5s');
    await line.clock.sleep(1_000);
    broker.drop();
    const { code, err } = await running;
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/^conveyor: events-missed: /) });
  });

  it('holds the journal against the starts that a producer was told are accepted', async () => {
    const { line, cli } = await lineAtWork();
    const id = await line.start('parcel', 'order-1');
    await line.untilDrained();
    const lost = 'A'.repeat(22);
    expect(await cli.json(['audit', '--started', file('all.txt', `${id}\n`)])).toMatchObject({ clean: true });
    expect(await cli.json(['audit', '--started', file('more.txt', `${id}\n${lost}\n`)], 1)).toMatchObject({
      violations: [{ invariant: 'I1', workflowId: lost }],
    });
  });

  it.each([
    [['--fresh', '3'], 2, /--fresh needs --workflow/],
    [['--within', '3s'], 2, /--within says how workflows are started: give --fresh, too/],
    [['--fresh', '3', '--workflow', 'parcel', '--input', 'gone.json'], 2, /--input gone\.json: .*ENOENT/],
    [['--started', 'gone.txt'], 2, /--started gone\.txt: .*ENOENT/],
    [['--fresh', '3', '--workflow', 'nothing'], 1, /definition-unknown: .*nothing/],
  ])('refuses %j', async (args, code, message) => {
    const { cli } = await lineAtWork();
    expect(await cli.run('audit', ...args)).toMatchObject({ code, out: '', err: expect.stringMatching(message) });
  });

  it('starts nothing that the definition does not take', async () => {
    const { line, cli } = await lineAtWork();
    const args = ['audit', '--fresh', '3', '--workflow', 'parcel', '--input', file('bad.json', { weight: 'much' })];
    expect(await cli.run(...args)).toMatchObject({ code: 1, err: expect.stringMatching(/event-invalid: data/) });
    expect(line.server.depths().get('test.dead')?.ready).toBe(0);
  });
});

import { describe, expect, it } from '@jest/globals';
import { failed, retry } from '../../../../shared/core/outcome.ts';
import { FaultyBroker } from '../../../support/faulty-broker.ts';
import { parcelWorkflow, testAction } from '../../../support/test-actions.ts';
import { TestCli } from '../../../support/test-cli.ts';
import { TestLine } from '../../../support/test-line.ts';

/** A line with an intake; workers are added by the tests. */
async function setUp() {
  const line = new TestLine();
  await line.prepare([parcelWorkflow()]);
  await line.addIntake();
  return { line, cli: new TestCli(line) };
}

const ended = (line: TestLine, id: string, status = 'succeeded') =>
  line.clock.runUntil(() => line.store.shelves.get(id)?.head?.status === status, 60_000);

describe('conveyor show', () => {
  it('tells where a workflow stands, its data, and every attempt, by id and by business key', async () => {
    const { line, cli } = await setUp();
    let calls = 0;
    await line.addWorker([
      testAction('pack'),
      testAction('send', () => (calls++ === 0 ? retry('no van') : { kind: 'completed', changes: { send: 'done' } })),
    ]);
    const id = await line.start('parcel', 'order-1');
    await ended(line, id);
    const shown = await cli.json(['show', 'order-1']);
    expect(shown).toMatchObject({
      workflowId: id,
      workflow: 'parcel',
      version: 1,
      businessKey: 'order-1',
      status: 'succeeded',
      state: 'sent',
      step: 2,
      source: '/test',
      eventId: 'order-1',
      parked: null,
      input: {},
      data: { pack: 'done', send: 'done' },
      timeline: [
        { step: 1, action: 'pack', attempt: 1, result: 'completed', state: 'packed' },
        { step: 2, action: 'send', attempt: 1, result: 'failed', code: 'action-asked', why: 'no van' },
        { step: 2, action: 'send', attempt: 2, result: 'completed', state: 'sent' },
      ],
    });
    expect(await cli.json(['show', id])).toEqual(shown);
    expect(cli.connected).toEqual(['journal']);

    const { out } = await cli.run('show', id);
    expect(out).toMatch(/^parcel 1 · order-1 · .* succeeded \(sent\)/);
    expect(out).toMatch(/2 +send +1 +retried: no van/);
    expect(out).toContain('"send": "done"');
  });

  it('tells of a parked one what happened and what to do', async () => {
    const { line, cli } = await setUp();
    await line.addWorker([testAction('pack')]);
    const id = await line.start('parcel', 'order-2');
    await ended(line, id, 'parked');
    expect(await cli.json(['show', id])).toMatchObject({
      status: 'parked',
      state: 'packed',
      endedAt: null,
      parked: { step: 2, action: 'send', code: 'no-station', advice: 'Start a worker for the action, then retry.' },
    });
    const { out } = await cli.run('show', id);
    expect(out).toMatch(/why +no-station: No station consumes action "send"/);
    expect(out).toContain(`conveyor retry ${id}`);
  });

  it('refuses an unknown one, and does not guess among several', async () => {
    const { line, cli } = await setUp();
    expect(await cli.run('show', 'nobody')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^conveyor: workflow-unknown: .*"nobody".*Check the id or key.*\n$/),
    });
    await line.addWorker([testAction('pack', () => failed('refused')), testAction('send')]);
    await cli.run('start', 'parcel', '--key', 'twice', '--wait');
    await cli.run('start', 'parcel', '--key', 'twice', '--wait');
    expect((await cli.run('show', 'twice')).err).toMatch(/^conveyor: workflow-ambiguous: .* [\w-]{22}, [\w-]{22}/);
  });
});

describe('conveyor list', () => {
  it('lists the newest first, filtered and limited, and says when there are more', async () => {
    const { line, cli } = await setUp();
    await line.addWorker([
      testAction('pack', ({ businessKey }) =>
        businessKey === 'b' ? failed('refused') : { kind: 'completed', changes: { pack: 'done' } },
      ),
      testAction('send'),
    ]);
    for (const key of ['a', 'b', 'c']) {
      await line.clock.advance(1_000);
      await ended(line, await line.start('parcel', key), key === 'b' ? 'failed' : 'succeeded');
    }
    const keys = async (...args: string[]): Promise<unknown> => {
      const { workflows, hasMore } = (await cli.json(['list', ...args])) as {
        workflows: { businessKey: string }[];
        hasMore: boolean;
      };
      return [workflows.map(({ businessKey }) => businessKey).join(''), hasMore];
    };
    expect(await keys()).toEqual(['cba', false]);
    expect(await keys('--limit', '2')).toEqual(['cb', true]);
    expect(await keys('--status', 'failed')).toEqual(['b', false]);
    expect(await keys('--key', 'a')).toEqual(['a', false]);
    expect(await keys('--workflow', 'letter')).toEqual(['', false]);
    expect((await cli.run('list', '--limit', '2')).out).toContain('there are more');
  });
});

describe('conveyor retry', () => {
  it('takes a parked workflow up again, and it comes to its end once its station is there', async () => {
    const { line, cli } = await setUp();
    await line.addWorker([testAction('pack')]);
    const id = await line.start('parcel', 'order-3');
    await ended(line, id, 'parked');
    const early = await cli.run('retry', 'order-3');
    expect(early).toMatchObject({
      code: 1,
      out: expect.stringMatching(/parked again, parked at step 2 \(no-station\)/),
    });

    await line.addWorker([testAction('send')]);
    expect(await cli.json(['retry', 'order-3'])).toMatchObject({ workflowId: id, step: 2, status: 'running' });
    await ended(line, id);
    expect((await line.audit([id])).violations).toEqual([]);
  });

  it('refuses what is not parked', async () => {
    const { line, cli } = await setUp();
    await line.addWorker([testAction('pack'), testAction('send')]);
    const id = await line.start('parcel', 'order-4');
    await ended(line, id);
    expect((await cli.run('retry', id)).err).toMatch(/^conveyor: workflow-not-parked: .* is succeeded, not parked/);
  });

  it('says after 5 s what it failed on, and is finished by the same command later', async () => {
    const { line, cli } = await setUp();
    await line.addWorker([testAction('pack')]);
    const id = await line.start('parcel', 'order-8');
    await ended(line, id, 'parked');
    const refusing = new FaultyBroker(line.broker, { overload: 1, timeout: 0, executedThenTimeout: 0 }, line.random);
    const cutOff = new TestCli(line, { connectBroker: () => refusing });
    const { code, err } = await cutOff.run('retry', id);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^conveyor: command-unfinished: Not done within 5 s because: RabbitMQ is not reachable: .*AMQP_URL is amqp:.* Run it again/,
    );

    await line.addWorker([testAction('send')]);
    expect(await cli.json(['retry', id])).toMatchObject({ step: 2, status: 'running' });
    await ended(line, id);
    expect((await line.audit([id])).violations).toEqual([]);
  });

  it('writes nothing when the definition of the workflow is gone', async () => {
    const { line } = await setUp();
    await line.addWorker([testAction('pack')]);
    const id = await line.start('parcel', 'order-9');
    await ended(line, id, 'parked');
    const before = await line.history(id);
    const journal = line.store.connect();
    journal.findDefinition = async () => null;
    const forgetful = new TestCli(line, { connectJournal: async () => journal });
    expect((await forgetful.run('retry', id)).err).toMatch(/^conveyor: definition-unknown: /);
    expect(await line.history(id)).toEqual(before);
  });
});

describe('conveyor start', () => {
  it('publishes a start event and tells the id of its workflow', async () => {
    const { line, cli } = await setUp();
    await line.addWorker([testAction('pack'), testAction('send')]);
    const { out } = await cli.run('start', 'parcel', '--key', 'order-5', '--data', '{}');
    expect(cli.connected).toEqual(['broker']);
    await ended(line, out.trim());
    expect(await line.journal.readHead(out.trim())).toMatchObject({ businessKey: 'order-5', source: '/conveyor/cli' });
  });

  it('starts the same event once, and waits for its end', async () => {
    const { line, cli } = await setUp();
    await line.addWorker([testAction('pack'), testAction('send')]);
    const start = ['start', 'parcel', '--key', 'order-6', '--id', 'e-1', '--source', '/shop', '--wait'];
    const first = await cli.json(start);
    expect(first).toMatchObject({
      workflow: 'parcel',
      businessKey: 'order-6',
      source: '/shop',
      id: 'e-1',
      status: 'succeeded',
      state: 'sent',
    });
    expect(await cli.json(start)).toEqual(first);
    expect(await line.journal.findHeads({ businessKey: 'order-6' }, 10)).toHaveLength(1);
  });

  it('waits no longer than it is told, and says when the workflow never appeared', async () => {
    const { cli } = await setUp();
    const unknown = await cli.run('start', 'letter', '--key', 'order-7', '--wait', '--timeout', '1s');
    expect(unknown).toMatchObject({ code: 1, out: expect.stringMatching(/not in the journal.*test\.dead/) });
  });

  it.each([
    ['data that is not JSON', ['--data', '{'], 2, /--data <json>.*not JSON/],
    ['data that is no object', ['--data', '[1]'], 2, /must be a JSON object/],
    ['a file that is not there', ['--data-file', 'gone.json'], 2, /--data-file gone\.json: .*ENOENT/],
    ['data twice', ['--data', '{}', '--data-file', 'x.json'], 2, /cannot be used with/],
    ['a version that is none', ['--version', '0'], 2, /whole number from 1 to 99999/],
    ['a business key that is too long', ['--key', 'k'.repeat(300)], 1, /event-invalid: subject: longer than 256 bytes/],
  ])('refuses %s before anything is published', async (_, args, code, message) => {
    const { cli } = await setUp();
    const run = await cli.run('start', 'parcel', '--key', 'k', ...args);
    expect(run).toMatchObject({ code, out: '', err: expect.stringMatching(message) });
    expect(cli.connected).toEqual([]);
  });
});

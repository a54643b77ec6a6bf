// The journal on a MongoDB that stalls, dies and comes back. The stalls go through a proxy to the shared server; only what must
// be killed is a server of its own.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Unavailable } from '../../shared/core/errors.ts';
import { connectMongoJournal, type MongoJournal } from '../../shared/journal/mongodb/index.ts';
import { SystemClock } from '../../shared/runtime/clock.ts';
import { makeAttempt, makeHead, makeSnapshot, newWorkflowId } from '../contract/journal/bench.ts';
import { CALLS } from '../contract/journal/calls.ts';
import { persistentJournal } from '../support/persistent-journal.ts';
import { namespace, ownServers, testServers } from '../support/servers.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const clock = new SystemClock();
const OPERATION_TIMEOUT_MS = 600;
/** The deadline's slice, and a busy machine. */
const SLACK_MS = 900;

/** Straight to the one address, past the member's own name, which would lead around a proxy. */
const direct = (url: string): string => `${url.replace(/\?.*$/, '')}?directConnection=true`;

const largeSnapshots = (count: number, bytes: number) =>
  Array.from({ length: count }, () => makeSnapshot(newWorkflowId(), 1, { data: { text: 'x'.repeat(bytes) } }));

/** How a call ended, and after how long. */
async function outcome(call: Promise<unknown>): Promise<{ readonly error: unknown; readonly tookMs: number }> {
  const startedAt = clock.monotonic();
  const error: unknown = await call.then(
    () => 'resolved',
    (thrown: unknown) => thrown,
  );
  return { error, tookMs: clock.monotonic() - startedAt };
}

describe('the journal on a network that swallows everything', () => {
  const database = namespace();
  let proxy: TcpProxy;
  let journal: MongoJournal;

  beforeEach(async () => {
    const { mongodbUrl } = testServers();
    proxy = await TcpProxy.to(mongodbUrl);
    journal = await connectMongoJournal({
      url: direct(proxy.through(mongodbUrl)),
      namespace: database,
      clock,
      operationTimeoutMs: OPERATION_TIMEOUT_MS,
    });
    await journal.insertHeads([makeHead()]);
  });
  afterEach(async () => {
    proxy.resume();
    await journal.close();
    await proxy.close();
  });

  it.each(Object.entries(CALLS))('ends in bounded time: %s', async (_, call) => {
    // With a connection at hand, so that the operation stalls and not the dialling.
    await journal.ping();
    proxy.blackHole();
    const [first, second] = await Promise.all([outcome(call(journal)), outcome(call(journal))]);
    for (const { error, tookMs } of [first, second]) {
      expect(error).toBeInstanceOf(Unavailable);
      expect(tookMs).toBeLessThan(OPERATION_TIMEOUT_MS + SLACK_MS);
    }
  });

  it('ends in bounded time also when the write itself stalls: more than the sockets hold', async () => {
    await journal.ping();
    proxy.blackHole();
    const { error, tookMs } = await outcome(journal.insertSnapshots(largeSnapshots(150, 60_000)));
    expect(error).toBeInstanceOf(Unavailable);
    expect(tookMs).toBeLessThan(OPERATION_TIMEOUT_MS + SLACK_MS);
  });

  it('closes in bounded time', async () => {
    proxy.blackHole();
    const inserting = outcome(journal.insertHeads([makeHead()]));
    const { tookMs } = await outcome(journal.close());
    expect(tookMs).toBeLessThan(3 * OPERATION_TIMEOUT_MS + SLACK_MS);
    expect((await inserting).error).toBeInstanceOf(Unavailable);
  });

  it('recognises what it wrote while the answers were lost', async () => {
    const attempts = Array.from({ length: 50 }, () => makeAttempt(newWorkflowId(), 1, 1));
    const snapshots = largeSnapshots(20, 30_000);
    await journal.ping();
    proxy.blackHole();
    const lost = await Promise.all([
      outcome(journal.insertAttempts(attempts)),
      outcome(journal.insertSnapshots(snapshots)),
    ]);
    for (const { error } of lost) expect(error).toBeInstanceOf(Unavailable);
    // What was held back arrives now, late, and beside the repetition.
    proxy.resume();
    const persistent = persistentJournal(journal);
    expect(new Set(await persistent.insertAttempts(attempts))).toEqual(new Set(['inserted']));
    expect(new Set(await persistent.insertSnapshots(snapshots))).toEqual(new Set(['inserted']));
  });

  it('works again as soon as the network does', async () => {
    proxy.blackHole();
    await Promise.all(Array.from({ length: 20 }, () => outcome(journal.ping())));
    proxy.resume();
    const healedAt = clock.monotonic();
    await persistentJournal(journal).ping();
    expect(clock.monotonic() - healedAt).toBeLessThan(2_000);
    for (let round = 0; round < 20; round += 1) await journal.ping();
  });
});

describe('the journal with batches of any size', () => {
  const database = namespace();
  let journal: MongoJournal;
  beforeAll(async () => {
    journal = await connectMongoJournal({ url: testServers().mongodbUrl, namespace: database, clock });
  });
  afterAll(() => journal.close());

  // A command has 16 MiB at most; the driver notices from 17 MiB on, the server before.
  it.each([
    ['just above what one command holds', 130, 128 * 1024],
    ['far above it', 30, 1024 * 1024],
  ])('inserts and recognises a batch %s', async (_, count, bytes) => {
    const snapshots = largeSnapshots(count, bytes);
    const [first, last] = [snapshots.at(0), snapshots.at(-1)];
    if (!first || !last) throw new Error('the batch is empty');
    await journal.insertSnapshots([{ ...last, worker: 'another' }, first]);
    const results = await journal.insertSnapshots(snapshots);
    expect(results.slice(0, -1)).toEqual(snapshots.slice(0, -1).map(() => 'inserted'));
    expect(results.at(-1)).toBe('duplicate');
  });

  it('reads a history of any size', async () => {
    const head = makeHead();
    await journal.insertHeads([head]);
    const text = 'x'.repeat(1024 * 1024);
    const snapshots = Array.from({ length: 24 }, (_, index) => makeSnapshot(head._id, index + 1, { data: { text } }));
    await journal.insertSnapshots(snapshots);
    expect((await journal.readHistory(head._id))?.snapshots).toHaveLength(24);
  });
});

describe('the journal on a server that is paused, killed and started again', () => {
  const servers = ownServers();
  let journal: MongoJournal;
  beforeAll(async () => {
    const { mongodbUrl } = await servers.up();
    journal = await connectMongoJournal({ url: mongodbUrl, namespace: 'journal', clock, operationTimeoutMs: 1_000 });
  }, 90_000);
  afterAll(() => journal.close());

  it('ends every operation while the server is paused, and goes on when it is', async () => {
    await servers.pause('mongodb');
    const outcomes = await Promise.all(Object.values(CALLS).map((call) => outcome(call(journal))));
    for (const { error, tookMs } of outcomes) {
      expect(error).toBeInstanceOf(Unavailable);
      expect(tookMs).toBeLessThan(1_000 + SLACK_MS);
    }
    await servers.resume('mongodb');
    await servers.waitReady('mongodb');
    await persistentJournal(journal).ping();
  }, 30_000);

  it('loses nothing that it was told is written when the server is killed', async () => {
    const persistent = persistentJournal(journal);
    const written: string[] = [];
    const stopping = { isAsked: false };
    const writer = async (): Promise<void> => {
      while (!stopping.isAsked) {
        const attempts = Array.from({ length: 20 }, () => makeAttempt(newWorkflowId(), 1, 1));
        const results = await persistent.insertAttempts(attempts);
        // The keys are this writer's alone: whatever happened to the answers, each is recognised.
        expect(new Set(results)).toEqual(new Set(['inserted']));
        written.push(...attempts.map(({ workflowId }) => workflowId));
      }
    };
    const writers = [writer(), writer(), writer()];
    for (let round = 0; round < 2; round += 1) {
      await clock.sleep(500);
      await servers.kill9('mongodb');
      await servers.start('mongodb');
    }
    stopping.isAsked = true;
    await Promise.all(writers);
    const found = new Set<string>();
    for (let index = 0; index < written.length; index += 500) {
      const steps = written.slice(index, index + 500).map((workflowId) => ({ workflowId, step: 1 }));
      for (const step of await persistent.findAttempted(steps)) found.add(step);
    }
    expect(written.length).toBeGreaterThan(100);
    expect(found.size).toBe(written.length);
  }, 60_000);
});

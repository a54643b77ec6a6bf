// What a heartbeat says of open requests for cancellation: the order in which they are read, made known and listed (L2).
import { describe, expect, it } from '@jest/globals';
import { InMemoryStore } from '../../../shared/journal/in-memory/index.ts';
import type { Journal } from '../../../shared/journal/journal.ts';
import { KnownIntents } from '../../../shared/runtime/known-intents.ts';
import { Liveness } from '../../../shared/runtime/liveness.ts';
import { silentLog } from '../../../shared/runtime/log.ts';
import { VirtualClock } from '../../../shared/testing/virtual-clock.ts';
import { FENCE_MS, TIMEOUT_MS, WORKER } from '../../support/heartbeat.ts';
import { Latch } from '../../support/latch.ts';
import { onCall } from '../../support/on-call.ts';

function setup(wrap: (journal: Journal) => Journal = (journal) => journal) {
  const clock = new VirtualClock();
  const store = new InMemoryStore(clock);
  const others = store.connect();
  const intents = new KnownIntents();
  /** What was listed with each heartbeat that arrived, and whether the process knew of it when it was sent. */
  const listed: string[] = [];
  const noted = (['join', 'renew'] as const).reduce<Journal>(
    (journal, method) =>
      onCall(journal, method, (call, [, ids]) => {
        const given = ids as readonly string[]; // the second argument of both
        const isKnown = given.every((id) => intents.isOpenFor(`workflow of ${id}`));
        listed.push(`${method} ${given.join()} ${isKnown ? 'known' : 'unknown'}`);
        return call();
      }),
    wrap(store.connect()),
  );
  const options = { journal: noted, clock, log: silentLog, worker: WORKER, timeoutMs: TIMEOUT_MS, intents };
  const liveness = new Liveness(options);
  const request = (id: string) =>
    others.insertIntents([
      {
        _id: id,
        workflowId: `workflow of ${id}`,
        reason: '',
        source: '/test',
        eventId: id,
        requestedAt: new Date(clock.now()),
        at: 0,
        state: 'open',
      },
    ]);
  return { clock, liveness, intents, listed, others, request };
}

describe('a heartbeat', () => {
  it('lists the open requests from the first one on, and the process knows of them before', async () => {
    const { clock, liveness, listed, request } = setup();
    await request('a');
    await liveness.start();
    expect(listed).toEqual(['join a known']);
    await request('b');
    await clock.advance(1_000);
    expect(listed.at(-1)).toBe('renew a,b known');
  });

  it('lists them no longer once they are answered, and forgets them', async () => {
    const { clock, liveness, intents, listed, others, request } = setup();
    await request('a');
    await liveness.start();
    await others.closeIntents([{ id: 'a', atAsRead: 0, answer: { kind: 'accepted' }, closedAt: new Date(0) }]);
    await clock.advance(1_000);
    expect(listed.at(-1)).toBe('renew  known');
    expect(intents.isOpenFor('workflow of a')).toBe(false);
  });

  it('never lists what an older reading has made the process forget, while it is open', async () => {
    const slow = new Latch();
    let readings = 0;
    const { clock, liveness, intents, listed, request } = setup((journal) =>
      onCall(journal, 'openIntents', async (call) => {
        readings += 1;
        const read = await call();
        if (readings === 2) await slow.pass(); // the first renewal has read, and its answer is held on the way
        return read;
      }),
    );
    await liveness.start();
    await clock.advance(1_000);
    await request('a');
    await clock.advance(1_000);
    expect(listed.at(-1)).toBe('renew a known');
    slow.release();
    await clock.advance(1);
    expect(intents.isOpenFor('workflow of a')).toBe(true);
    expect(listed.at(-1)).toBe('renew a known');
  });

  it('is not renewed while the requests cannot be read: the worker fences itself', async () => {
    const { clock, liveness } = setup((journal) =>
      onCall(journal, 'openIntents', (call) => (clock.monotonic() < 500 ? call() : new Promise(() => {}))),
    );
    await liveness.start();
    await clock.advance(FENCE_MS + 100);
    expect(() => liveness.mayAct()).toThrow();
  });
});

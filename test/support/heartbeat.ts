import { Fatal, Unavailable } from '../../shared/core/errors.ts';
import { InMemoryStore } from '../../shared/journal/in-memory/index.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import { KnownIntents } from '../../shared/runtime/known-intents.ts';
import { Liveness } from '../../shared/runtime/liveness.ts';
import { silentLog } from '../../shared/runtime/log.ts';
import { VirtualClock } from '../../shared/testing/virtual-clock.ts';
import { onCall } from './on-call.ts';

export const TIMEOUT_MS = 5_000;
/** When a worker fences itself that cannot renew. */
export const FENCE_MS = 4_500;
export const WORKER = { _id: 'worker-1', host: 'test', pid: 1, actions: ['pack'] };
export const lostError = new Fatal('liveness-lost', { worker: 'worker-1', timeoutMs: TIMEOUT_MS });
export const unanswered = new Unavailable('journal-unavailable', { operation: 'renew', problem: 'timeout' });

/**
 * A worker's liveness that has not begun, with its calls and the end of its right in view.
 * @param wrap what stands between the worker and the database
 */
export function heartbeat(wrap: (journal: Journal, clock: VirtualClock) => Journal = (journal) => journal) {
  const clock = new VirtualClock();
  const store = new InMemoryStore(clock);
  const calls: string[] = [];
  const noted = (['join', 'renew', 'leave'] as const).reduce<Journal>(
    (journal, method) =>
      onCall(journal, method, (call) => {
        calls.push(`${method} ${clock.monotonic()}`);
        return call();
      }),
    wrap(store.connect(), clock),
  );
  const liveness = new Liveness({
    journal: noted,
    clock,
    log: silentLog,
    worker: WORKER,
    timeoutMs: TIMEOUT_MS,
    intents: new KnownIntents(),
  });
  const lostAt: number[] = [];
  liveness.onLost(() => lostAt.push(clock.monotonic()));
  return { clock, liveness, calls, lostAt, judge: () => store.connect().judgeHolder(WORKER._id, TIMEOUT_MS) };
}

/** The renewals from a time on hang, and never end. */
export const hangingFrom = (ms: number) => (journal: Journal, clock: VirtualClock) =>
  onCall(journal, 'renew', (call) => (clock.monotonic() < ms ? call() : new Promise(() => {})));

/** The same, begun. */
export async function alive(...given: Parameters<typeof heartbeat>) {
  const all = heartbeat(...given);
  await all.liveness.start();
  return all;
}

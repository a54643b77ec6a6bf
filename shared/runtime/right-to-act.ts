import type { Clock, Random } from '../core/clock.ts';
import { doubledMs } from '../core/doubling.ts';
import { Fatal, Unavailable } from '../core/errors.ts';

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 2_000;

/** For how long someone may act on the line, and what `untilKnown` needs beside that: time and chance. */
export interface RightToAct {
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when the process is fenced or stopped for good. */
  readonly ended: AbortSignal;
  /**
   * Throws once the process may not act any more. Asked around every attempt, because a process that was paused gets here before
   * any timer could abort the signal.
   */
  mayAct(): void;
  /** Told of every failure after which the same is tried again; for who gives up, and must say why. */
  onUnavailable?(error: Unavailable): void;
}

/** For processes without a heartbeat: their right ends with the signal. The reason is thrown. */
export function rightUntil(clock: Clock, random: Random, ended: AbortSignal): RightToAct {
  const mayAct = (): void => {
    if (ended.aborted)
      throw ended.reason instanceof Error ? ended.reason : new Fatal('stopped', { what: 'This process' });
  };
  return { clock, random, ended, mayAct };
}

/**
 * Repeats an idempotent call to a server until its outcome is known: a server that does not answer, or whose answer was lost, is
 * asked again with growing pauses, for as long as this process may act at all. Giving up earlier would leave an attempt
 * unsettled under a living identity, and "its holder lives" would be true for ever.
 * @throws Fatal when the right to act has ended; whatever else `call` throws, unroutable included, at once
 */
export async function untilKnown<T>(call: () => Promise<T>, right: RightToAct): Promise<T> {
  const { clock, random, ended } = right;
  for (let failures = 0; ; failures += 1) {
    right.mayAct();
    try {
      const result = await call();
      right.mayAct();
      return result;
    } catch (error) {
      if (!(error instanceof Unavailable) || error.code === 'publish-unroutable') throw error;
      right.onUnavailable?.(error);
    }
    const bound = doubledMs(FIRST_DELAY_MS, failures, LONGEST_DELAY_MS);
    await clock.sleep(bound * (0.5 + random.next() / 2), ended);
  }
}

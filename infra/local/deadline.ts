import { setTimeout as pause } from 'node:timers/promises';

export interface Deadline {
  /** What is waited for, as a noun phrase: it appears in the error. */
  readonly what: string;
  readonly withinMs: number;
  readonly everyMs?: number;
}

/**
 * Asks until the answer is something other than undefined, and returns it.
 * Rejects with the phrase and the limit when the deadline passes; whatever `ask` throws ends the wait at once.
 */
export async function until<T>(ask: () => Promise<T | undefined> | T | undefined, deadline: Deadline): Promise<T> {
  const end = performance.now() + deadline.withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= end) {
      throw new Error(`waited ${(deadline.withinMs / 1000).toFixed(0)} s for ${deadline.what}, in vain`);
    }
    await pause(deadline.everyMs ?? 50);
  }
}

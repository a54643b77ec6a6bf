import { SystemClock } from '../runtime/clock.ts';

const platform = new SystemClock();

interface UnderWay {
  readonly owner: object;
  readonly over: Promise<unknown>;
  /** Resolves when it is over, or has had its time. */
  patience: Promise<void> | undefined;
  /** It hangs, or works for longer than virtual time waits for it. */
  isSpent: boolean;
}

/**
 * The calls of actions that are under way. Actions may do what really takes time (read a file, ask a stub over HTTP): virtual time stands
 * still for them, though not for ever, since an action that hangs is something to be tested, too.
 */
export class ActionCalls {
  readonly #patienceMs: number;
  readonly #underWay = new Set<UnderWay>();

  /** @param patienceMs real milliseconds that virtual time stands still for one call */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** @param owner the process that makes the call */
  async track<T>(owner: object, call: () => Promise<T>): Promise<T> {
    const answer = call();
    // Whichever way it ends: the caller is told.
    const over = Promise.allSettled([answer]);
    const underWay: UnderWay = { owner, over, patience: undefined, isSpent: false };
    this.#underWay.add(underWay);
    try {
      return await answer;
    } finally {
      this.#underWay.delete(underWay);
    }
  }

  /** Nobody waits for what a dead process does. */
  forget(owner: object): void {
    for (const call of this.#underWay) if (call.owner === owner) this.#underWay.delete(call);
  }

  /** Whether there is any that is worth waiting for. */
  get areUnderWay(): boolean {
    return [...this.#underWay].some(({ isSpent }) => !isSpent);
  }

  /** Resolves when one of them is over, or has had its time. */
  async next(): Promise<void> {
    const fresh = [...this.#underWay].filter(({ isSpent }) => !isSpent);
    await Promise.race(fresh.map((call) => (call.patience ??= this.#wait(call))));
  }

  async #wait(call: UnderWay): Promise<void> {
    const isOver = new AbortController();
    const ended = call.over.then(() => isOver.abort());
    await Promise.race([ended, platform.sleep(this.#patienceMs, isOver.signal)]);
    call.isSpent = true;
  }
}

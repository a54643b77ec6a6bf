import type { Clock, Timer } from '../../shared/core/clock.ts';
import { sleepOn } from '../../shared/runtime/clock.ts';

/**
 * What a simulated process is made of. When it dies, it stops in the middle of whatever it was doing: what it waits for never comes,
 * its timers never fire, what it calls has no effect. What it had sent before may still arrive, as in life.
 */
export class Mortality {
  #isDead = false;

  get isDead(): boolean {
    return this.#isDead;
  }

  die(): void {
    this.#isDead = true;
  }

  /** Never resolves: where a dead process stands. */
  forever(): Promise<never> {
    return new Promise(() => {});
  }

  /** A port through which the dead neither ask nor hear. */
  port<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...given: unknown[]): unknown => {
          if (this.#isDead) return this.forever();
          const answer: unknown = Reflect.apply(member, target, given);
          return answer instanceof Promise ? this.#hear(answer) : answer;
        };
      },
    });
  }

  /** A clock whose timers die with the process. */
  clock(clock: Clock): Clock {
    const after = (ms: number, action: () => void): Timer =>
      clock.after(ms, () => {
        if (!this.#isDead) action();
      });
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after,
      sleep: (ms, signal) => sleepOn({ after }, ms, signal),
    };
  }

  async #hear(answer: Promise<unknown>): Promise<unknown> {
    try {
      const heard = await answer;
      return this.#isDead ? await this.forever() : heard;
    } catch (error) {
      if (this.#isDead) return this.forever();
      throw error;
    }
  }
}

import type { Broker } from '../broker/broker.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { sleepOn } from '../runtime/clock.ts';

/** What reaches a process from outside. */
type Happening = 'timer' | 'answer' | 'delivery';

/** In what order a process that was paused finds what has happened meanwhile. Within each kind the order stays. */
export type WakingOrder = 'as-it-happened' | 'timers-first' | 'timers-last';

interface Missed {
  readonly kind: Happening;
  readonly act: () => void;
}

/**
 * What a simulated process is made of.
 *
 *   alive ⇄ paused      stopped in the middle of whatever it was doing (SIGSTOP): its clock goes on, its connections stay
 *   any   → dead        (SIGKILL): what it waits for never comes, its timers never fire, what it calls has no effect
 *
 * What it had sent before may still arrive, as in life.
 */
export class Mortality {
  #state: 'alive' | 'paused' | 'dead' = 'alive';
  #wasPaused = false;
  #missed: Missed[] = [];

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  get isPaused(): boolean {
    return this.#state === 'paused';
  }

  /** Whether it was paused at any time. */
  get wasPaused(): boolean {
    return this.#wasPaused;
  }

  die(): void {
    this.#state = 'dead';
    this.#missed = [];
  }

  pause(): void {
    if (this.#state !== 'alive') return;
    this.#state = 'paused';
    this.#wasPaused = true;
  }

  /** Goes on: what was missed happens now, one after the other, each in a turn of its own. */
  resume(clock: Clock, order: WakingOrder = 'as-it-happened'): void {
    if (this.#state !== 'paused') return;
    this.#state = 'alive';
    const missed = inOrder(this.#missed, order);
    this.#missed = [];
    for (const { kind, act } of missed) clock.after(0, () => this.#happen(kind, act));
  }

  /** Never resolves: where a dead process stands. */
  forever(): Promise<never> {
    return new Promise(() => {});
  }

  /** Resolves as `answer` does, when the process is there to hear it. */
  hear<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      answer.then(
        (value) => this.#happen('answer', () => resolve(value)),
        (error: Error) => this.#happen('answer', () => reject(error)),
      );
    });
  }

  /** A port through which the dead neither ask nor hear. */
  port<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...given: unknown[]): unknown => {
          if (this.isDead) return this.forever();
          if (this.isPaused) throw new Error(`a paused process calls ${String(name)}: what it runs on is not its own`);
          const answer: unknown = Reflect.apply(member, target, given);
          return answer instanceof Promise ? this.hear(answer) : answer;
        };
      },
    });
  }

  /** A broker whose deliveries, too, reach only the living. */
  broker(broker: Broker): Broker {
    const port = this.port(broker);
    const consume: Broker['consume'] = (queue, options) =>
      port.consume(queue, {
        prefetch: options.prefetch,
        onDelivery: (delivery) => this.#happen('delivery', () => options.onDelivery(this.port(delivery))),
      });
    return new Proxy(port, {
      get: (target, name) => (name === 'consume' ? consume : Reflect.get(target, name, target)),
    });
  }

  /** A clock whose timers stop with the process. */
  clock(clock: Clock): Clock {
    const after = (ms: number, action: () => void): Timer => {
      let cancelled = false;
      const timer = clock.after(ms, () =>
        this.#happen('timer', () => {
          if (!cancelled) action();
        }),
      );
      return {
        cancel: () => {
          cancelled = true;
          timer.cancel();
        },
      };
    };
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after,
      sleep: (ms, signal) => sleepOn({ after }, ms, signal),
    };
  }

  #happen(kind: Happening, act: () => void): void {
    if (this.#state === 'paused') this.#missed.push({ kind, act });
    else if (this.#state === 'alive') act();
  }
}

function inOrder(missed: readonly Missed[], order: WakingOrder): readonly Missed[] {
  if (order === 'as-it-happened') return missed;
  const timers = missed.filter(({ kind }) => kind === 'timer');
  const others = missed.filter(({ kind }) => kind !== 'timer');
  return order === 'timers-first' ? [...timers, ...others] : [...others, ...timers];
}

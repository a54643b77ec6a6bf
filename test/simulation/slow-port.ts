import type { Clock } from '../../shared/core/clock.ts';
import type { SeededRandom } from '../../shared/testing/seeded-random.ts';

/** How long calls take, each way, virtual milliseconds. Most take no time, so that what overlaps is drawn and not the rule. */
export class Latency {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  callMs(): number {
    if (this.#random.chance(0.7)) return 0;
    return this.#random.below(this.#random.chance(0.1) ? 300 : 15);
  }

  /** Of a publish: its confirm may come long after the message was delivered. */
  confirmMs(): number {
    return this.#random.chance(0.02) ? this.#random.below(3_000) : this.callMs();
  }

  /** Of a write that may outlive its sender. */
  lateMs(): number {
    return this.#random.chance(0.03) ? this.#random.below(9_000) : 0;
  }
}

/**
 * A port whose calls take time on the way there and on the way back, so that they overtake each other; what was sent arrives even
 * when its sender has died meanwhile.
 * @param names the methods that are slowed
 */
export function slowPort<Port extends object>(
  port: Port,
  names: ReadonlySet<string>,
  clock: Clock,
  delayMs: () => number,
): Port {
  const travel = (): Promise<void> | undefined => {
    const ms = delayMs();
    return ms > 0 ? clock.sleep(ms) : undefined;
  };
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (!names.has(String(name))) return member.bind(target) as unknown;
      return async (...given: unknown[]): Promise<unknown> => {
        await travel();
        try {
          return await Reflect.apply(member, target, given);
        } finally {
          await travel();
        }
      };
    },
  });
}

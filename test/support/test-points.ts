import type { PausePoint, PausePoints, PointContext } from '../../shared/runtime/pause-points.ts';

type Match = Partial<PointContext>;
type Act = (context: PointContext) => Promise<void> | undefined;

interface Rule {
  readonly point: PausePoint;
  readonly match: Match;
  readonly act: Act;
}

/** A process that stands at a point until the test lets it go on. */
export interface Held {
  /** Resolves when it has arrived. */
  readonly reached: Promise<PointContext>;
  /** Lets it go on. */
  release(): void;
}

/**
 * Pause points that a test steers, so that an interleaving is written down instead of hoped for. Each rule acts once, at the first
 * point that fits it.
 */
export class TestPoints implements PausePoints {
  /** Every point that was reached, in order: what a history is compared by. */
  readonly seen: (PointContext & { readonly point: PausePoint })[] = [];
  readonly #rules: Rule[] = [];

  reached(point: PausePoint, context: PointContext): Promise<void> | undefined {
    this.seen.push({ ...context, point });
    const index = this.#rules.findIndex((rule) => rule.point === point && fits(rule.match, context));
    const [rule] = index < 0 ? [] : this.#rules.splice(index, 1);
    return rule?.act(context);
  }

  /** Calls `act` at the next such point; the process goes on when what it returns resolves. */
  once(point: PausePoint, match: Match, act: Act): void {
    this.#rules.push({ point, match, act });
  }

  /** Holds the next one that comes to this point. */
  hold(point: PausePoint, match: Match = {}): Held {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const reached = new Promise<PointContext>((resolve) => {
      this.once(point, match, (context) => {
        resolve(context);
        return released;
      });
    });
    return { reached, release };
  }
}

const fits = (match: Match, context: PointContext): boolean =>
  Object.entries(match).every(([key, value]) => context[key as keyof PointContext] === value); // keys of Match are keys of PointContext

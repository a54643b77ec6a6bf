import { SeededRandom } from '../../shared/testing/seeded-random.ts';

/** The kinds of things that can go wrong. */
export const FAULTS = [
  /** Overload 10 %, timeout 5 %, executed-then-timeout 5 % on every call of both ports. */
  'calls',
  /** Calls take their time, and overtake each other. */
  'latency',
  /** SIGKILL at random times. */
  'kill',
  /** SIGKILL at random pause points. */
  'kill-at-point',
  /** SIGSTOP, often for longer than the liveness timeout, then SIGCONT; the broker may have given the connection up. */
  'pause',
  /** One process does not reach the journal for some seconds, and perhaps not the broker. */
  'cut',
  /** Some writes to the journal arrive many seconds late, also when their sender was given up meanwhile. */
  'late-writes',
  /** A process loses its connection to the broker. */
  'drop',
  /** The broker comes back without any message that it had. */
  'wipe',
  /** The broker is gone for some seconds. */
  'broker-outage',
  /** The journal does not answer for some seconds. */
  'journal-outage',
  /** SIGTERM. */
  'stop',
  /** A process's wall clock is set, up to an hour in either direction. */
  'wall-clock',
  /** Messages that were sent once come again, at any time. */
  'duplicates',
  /** An operator retries what is parked, twice at once, or dies over it. */
  'operator',
  /** A message that kills every process that performs it. */
  'poison',
] as const;

/** What `calls` is made of, each alone. No seed draws them. */
export const CALL_FAULTS = ['overload', 'timeout', 'executed-then-timeout'] as const;

export const ALL_FAULTS = [...FAULTS, ...CALL_FAULTS] as const;
export type Fault = (typeof ALL_FAULTS)[number];

/** Everything that is drawn before a run; the rest is drawn on the way, from the same seed. */
export interface Plan {
  readonly seed: number;
  readonly faults: ReadonlySet<Fault>;
  readonly workflows: number;
  readonly workers: number;
  readonly intakes: number;
  readonly stewards: number;
  /** Requests for cancellation, and notifications, that are sent while things go wrong: mean pause between two, virtual milliseconds. */
  readonly outsideMs: number;
  /** The share of them that are requests for cancellation. */
  readonly cancelling: number;
  /** How long the longest waits last; then the line stands still until they are over. 0: nothing waits for long. Milliseconds. */
  readonly longestWaitMs: number;
  /** How long things go wrong, virtual milliseconds. */
  readonly troubleMs: number;
  /** Mean pause between two events of the nemesis, virtual milliseconds. */
  readonly nemesisMs: number;
}

/** A month. */
const LONGEST_WAIT_MS = 30 * 24 * 3_600_000;

/** Each seed has its own mix of faults: what one kind hides, another run without it shows. */
export function planOf(seed: number, only?: readonly Fault[]): Plan {
  const random = new SeededRandom(seed).fork('plan');
  const faults = new Set<Fault>(FAULTS.filter(() => random.chance(0.4)));
  return {
    seed,
    faults: only ? new Set(only) : faults,
    workflows: 3 + random.below(6),
    workers: 2 + random.below(2),
    intakes: 1 + random.below(2),
    stewards: 1 + random.below(2),
    troubleMs: 8_000 + random.below(17_000),
    nemesisMs: 300 + random.below(1_500),
    outsideMs: 200 + random.below(3_000),
    cancelling: random.chance(0.2) ? 0 : 0.2 + 0.4 * random.next(),
    longestWaitMs: random.chance(0.15) ? random.below(LONGEST_WAIT_MS) : 0,
  };
}

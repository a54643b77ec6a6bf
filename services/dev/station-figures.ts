import type { Scrape } from './dev-line.ts';
import { parseSamples, type Sample } from './prometheus-text.ts';

/** What the live view says of one station. */
export interface StationFigures {
  readonly action: string;
  /** Attempts that were begun. */
  readonly taken: number;
  /** Attempts that decided their step. */
  readonly decided: number;
  readonly retries: number;
  /** Hand-off to start, milliseconds; undefined before the first. */
  readonly latencyP50Ms: number | undefined;
  readonly latencyP99Ms: number | undefined;
}

const DURATION_COUNT = 'conveyor_action_duration_seconds_count';
const LATENCY_COUNT = 'conveyor_step_latency_seconds_count';
const LATENCY_BUCKET = 'conveyor_step_latency_seconds_bucket';
const RETRIES = 'conveyor_retries_total';
const STARTS = 'conveyor_starts_total';
const WANTED = new Set([DURATION_COUNT, LATENCY_COUNT, LATENCY_BUCKET, RETRIES, STARTS]);

/**
 * Adds up what the processes of the line count. A process that died keeps its last word, so that sums never fall; what a
 * killed one counted after its last scrape is missing, and that is why nothing but the view reads this.
 */
export class FleetFigures {
  readonly #byProcess = new Map<string, readonly Sample[]>();

  take(scrapes: readonly Scrape[]): void {
    for (const { process, text } of scrapes) this.#byProcess.set(process, parseSamples(text, WANTED));
  }

  /** Start events that became workflows. */
  get started(): number {
    return this.#sum(STARTS, ({ labels }) => labels['result'] === 'started');
  }

  /** @param elapsedMs since the line began: no latency is longer, whatever a wide bucket lets one guess */
  station(action: string, elapsedMs: number): StationFigures {
    const isOf = ({ labels }: Sample): boolean => labels['action'] === action;
    const isDecided = ({ labels }: Sample): boolean =>
      labels['outcome'] === 'completed' || labels['outcome'] === 'failed';
    const buckets = this.#latencyBuckets(action);
    const latencyMs = (quantile: number): number | undefined => {
      const estimated = quantileMs(buckets, quantile);
      return estimated === undefined ? undefined : Math.min(estimated, elapsedMs);
    };
    return {
      action,
      taken: this.#sum(LATENCY_COUNT, isOf),
      decided: this.#sum(DURATION_COUNT, (sample) => isOf(sample) && isDecided(sample)),
      retries: this.#sum(RETRIES, isOf),
      latencyP50Ms: latencyMs(0.5),
      latencyP99Ms: latencyMs(0.99),
    };
  }

  #sum(name: string, isWanted: (sample: Sample) => boolean): number {
    let sum = 0;
    for (const sample of this.#samples()) if (sample.name === name && isWanted(sample)) sum += sample.value;
    return sum;
  }

  /** Cumulative counts by upper bound in seconds, ascending. */
  #latencyBuckets(action: string): (readonly [bound: number, count: number])[] {
    const counts = new Map<number, number>();
    for (const { name, labels, value } of this.#samples()) {
      if (name !== LATENCY_BUCKET || labels['action'] !== action) continue;
      const bound = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le']);
      counts.set(bound, (counts.get(bound) ?? 0) + value);
    }
    return [...counts].sort(([left], [right]) => left - right);
  }

  *#samples(): Generator<Sample> {
    for (const samples of this.#byProcess.values()) yield* samples;
  }
}

/**
 * A quantile of a histogram as Prometheus estimates it: linear within the bucket that it falls into. What falls beyond the last bound
 * counts as that bound.
 */
export function quantileMs(
  buckets: readonly (readonly [bound: number, count: number])[],
  quantile: number,
): number | undefined {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total === 0) return undefined;
  const rank = quantile * total;
  let [lower, below] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= rank && Number.isFinite(bound)) {
      return (lower + ((bound - lower) * (rank - below)) / Math.max(1, count - below)) * 1_000;
    }
    if (Number.isFinite(bound)) [lower, below] = [bound, count];
  }
  return lower * 1_000;
}

import type { StationFigures } from './station-figures.ts';

/** One look at the line. */
export interface Picture {
  readonly elapsedMs: number;
  /** Orders that are to be placed. */
  readonly wanted: number;
  /** Workflows that the intake has started. */
  readonly started: number;
  readonly ended: number;
  readonly endedBy: ReadonlyMap<string, number>;
  readonly parked: number;
  /** Ended per second, over the last seconds. */
  readonly ratePerSecond: number;
  readonly stations: readonly (StationFigures & { readonly depth: number | undefined })[];
}

/** Shows how the orders go. */
export interface View {
  /** How often a new picture is wanted, milliseconds. */
  readonly everyMs: number;
  show(picture: Picture): void;
  /** A line that stays: something happened. */
  note(line: string): void;
  /** The last picture stays; what is printed from now on comes below it. */
  end(): void;
}

/** Where text goes. */
export interface Output {
  write(text: string): unknown;
}

/** `1,204` */
export const describeCount = (count: number): string => count.toLocaleString('en-GB');

/** `delivered 2,740, declined 140` */
export const describeEnds = (states: ReadonlyMap<string, number>): string =>
  [...states].map(([state, count]) => `${state} ${describeCount(count)}`).join(', ');

/** `12 s`, `2 min 05 s` */
export function describeElapsed(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 100) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

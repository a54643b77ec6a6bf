import { describeMs } from '../../shared/runtime/timeline.ts';
import { describeCount, describeElapsed, describeEnds, type Output, type Picture, type View } from './view.ts';

/** One line a second: for files, pipes and logs. */
export class PlainView implements View {
  readonly everyMs = 1_000;
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  show(picture: Picture): void {
    this.note(plainLine(picture));
  }

  note(line: string): void {
    this.#output.write(`${line}\n`);
  }

  end(): void {}
}

export function plainLine(picture: Picture): string {
  const { elapsedMs, wanted, started, ended, endedBy, parked, ratePerSecond, stations } = picture;
  const retries = stations.reduce((sum, station) => sum + station.retries, 0);
  const depths = stations
    .filter(({ depth }) => depth !== undefined && depth > 0)
    .map(({ action, depth = 0 }) => `${action} ${describeCount(depth)}`);
  const slowest = Math.max(0, ...stations.map(({ latencyP99Ms = 0 }) => latencyP99Ms));
  return [
    describeElapsed(elapsedMs).padStart(5),
    `started ${describeCount(started)} of ${describeCount(wanted)}`,
    `ended ${describeCount(ended)}${endedBy.size > 0 ? ` (${describeEnds(endedBy)})` : ''}`,
    ...(parked > 0 ? [`parked ${describeCount(parked)}`] : []),
    `${describeCount(Math.round(ratePerSecond))}/s`,
    `retries ${describeCount(retries)}`,
    `hand-off p99 ${describeMs(slowest)}`,
    ...(depths.length > 0 ? [`queued ${depths.join(', ')}`] : []),
  ].join(' · ');
}

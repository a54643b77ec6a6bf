import type { Loaded, Quiet } from './driver.ts';
import { Driver } from './driver.ts';
import type { MeasuredLine } from './lines.ts';
import { cpuSeconds, residentMiB } from './processes.ts';

/** A process that is measured along: one of the line's, or a server. */
export interface Observed {
  readonly name: string;
  readonly pid: number;
}

/** One run over one line. */
export interface Run {
  readonly quiet: Quiet;
  readonly loaded: Loaded;
  /** CPU seconds per 1,000 workflows of the loaded part, by process. */
  readonly cpuSecondsPer1000: Readonly<Record<string, number>>;
  /** Resident memory at the end of the loaded part, MiB, by process. */
  readonly residentMiB: Readonly<Record<string, number>>;
  /** Mean number of documents in one write of the journal in the loaded part, by operation; empty for the bare line. */
  readonly batchSizes: Readonly<Record<string, number>>;
}

export interface Size {
  readonly quiet: number;
  readonly warmUp: number;
  readonly loaded: number;
  /** Workflows on the line at once, loaded. */
  readonly window: number;
}

/** Measures a line: warmed up, then quiet, then loaded. */
export async function measure(
  amqpUrl: string,
  line: MeasuredLine,
  servers: readonly Observed[],
  size: Size,
  say: (text: string) => void,
): Promise<Run> {
  const driver = await Driver.open(amqpUrl, line.shape);
  try {
    await driver.loaded(size.warmUp, size.window, () => {});
    const quiet = await driver.quiet(size.quiet);
    const observed: readonly Observed[] = [...line.processes, ...servers];
    const before = new Map(observed.map(({ name, pid }) => [name, cpuSeconds(pid)]));
    const batchesBefore = await batches(line.processes);
    const step = Math.ceil(size.loaded / 4);
    const loaded = await driver.loaded(size.loaded, size.window, (ended) => {
      if (ended % step === 0) say(`${ended} of ${size.loaded}`);
    });
    const perThousand = observed.map(({ name, pid }) => {
      const used = cpuSeconds(pid) - (before.get(name) ?? 0);
      return [name, (used * 1_000) / size.loaded] as const;
    });
    return {
      quiet,
      loaded,
      cpuSecondsPer1000: Object.fromEntries(perThousand),
      residentMiB: Object.fromEntries(observed.map(({ name, pid }) => [name, residentMiB(pid)])),
      batchSizes: meanSizes(batchesBefore, await batches(line.processes)),
    };
  } finally {
    await driver.close();
  }
}

/** The journal's writes so far, by operation. */
type Batches = ReadonlyMap<string, { readonly sum: number; readonly count: number }>;

async function batches(processes: MeasuredLine['processes']): Promise<Batches> {
  const found = new Map<string, { sum: number; count: number }>();
  for (const { statusPort } of processes) {
    if (statusPort === undefined) continue;
    const text = await (await fetch(`http://127.0.0.1:${statusPort}/metrics`)).text();
    for (const [, what, operation = '', value] of text.matchAll(
      /^conveyor_batch_size_(sum|count)\{operation="([^"]+)"\} (\d+)/gm,
    )) {
      const { sum, count } = found.get(operation) ?? { sum: 0, count: 0 };
      const more = Number(value);
      found.set(operation, what === 'sum' ? { sum: sum + more, count } : { sum, count: count + more });
    }
  }
  return found;
}

/** Of the batches in between. */
function meanSizes(before: Batches, after: Batches): Record<string, number> {
  const means = [...after].map(([operation, { sum, count }]) => {
    const earlier = before.get(operation) ?? { sum: 0, count: 0 };
    return [operation, (sum - earlier.sum) / Math.max(1, count - earlier.count)] as const;
  });
  return Object.fromEntries(means.filter(([, mean]) => mean > 0));
}

/** The middle one by a figure; of an even number, the lower of the two in the middle. */
export function median<T>(values: readonly T[], figure: (value: T) => number): T {
  const sorted = values.toSorted((a, b) => figure(a) - figure(b));
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new RangeError('the median of nothing');
  return middle;
}

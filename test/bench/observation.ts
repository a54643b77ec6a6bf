// What processes cost over time: sampled, and the begin held against the end.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Observed } from './measurement.ts';
import { cpuSeconds, residentMiB } from './processes.ts';

/** Of one process, in one part of the time that it was observed. */
export interface Cost {
  /** CPU time per second of the part; 1 is a core. */
  readonly cores: number;
  /** Mean of the samples. */
  readonly residentMiB: number;
}

/** The first and the last third. */
export interface Trend {
  readonly name: string;
  readonly first: Cost;
  readonly last: Cost;
}

interface Sample {
  readonly atMs: number;
  readonly cpu: number;
  readonly resident: number;
}

const SAMPLE_EVERY_MS = 2_000;

/** Observes processes for so long. */
export async function observe(observed: readonly Observed[], forMs: number): Promise<readonly Trend[]> {
  const samples = observed.map((): Sample[] => []);
  const endsAt = performance.now() + forMs;
  for (;;) {
    for (const [index, { pid }] of observed.entries()) {
      samples[index]?.push({ atMs: performance.now(), cpu: cpuSeconds(pid), resident: residentMiB(pid) });
    }
    if (performance.now() >= endsAt) break;
    await sleep(SAMPLE_EVERY_MS);
  }
  return observed.map(({ name }, index) => {
    const taken = samples[index] ?? [];
    const third = Math.max(2, Math.floor(taken.length / 3));
    return { name, first: costOf(taken.slice(0, third)), last: costOf(taken.slice(-third)) };
  });
}

function costOf(samples: readonly Sample[]): Cost {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last) throw new RangeError('the cost of no samples');
  return {
    cores: ((last.cpu - first.cpu) * 1_000) / Math.max(1, last.atMs - first.atMs),
    residentMiB: samples.reduce((sum, { resident }) => sum + resident, 0) / samples.length,
  };
}

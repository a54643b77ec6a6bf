import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { resolve } from 'node:path';
import type { Hosting } from './lines.ts';
import { median, type Run, type Size } from './measurement.ts';

export interface RoundResult {
  readonly bare: Run;
  readonly line: Run;
}

interface Summary {
  readonly ratio: number;
  readonly bare: Figures;
  readonly line: Figures;
}

interface Figures {
  readonly workflowsPerSecond: number;
  readonly quietP50Ms: number;
  readonly quietP99Ms: number;
  readonly loadedP50Ms: number;
  readonly loadedP99Ms: number;
  /** All processes together. */
  readonly cpuSecondsPer1000: number;
  readonly cpuSecondsPer1000ByProcess: Readonly<Record<string, number>>;
  readonly residentMiB: Readonly<Record<string, number>>;
}

const figuresOf = ({ quiet, loaded, cpuSecondsPer1000, residentMiB }: Run): Figures => ({
  workflowsPerSecond: loaded.workflowsPerSecond,
  quietP50Ms: quiet.p50Ms,
  quietP99Ms: quiet.p99Ms,
  loadedP50Ms: loaded.p50Ms,
  loadedP99Ms: loaded.p99Ms,
  cpuSecondsPer1000: Object.values(cpuSecondsPer1000).reduce((sum, seconds) => sum + seconds, 0),
  cpuSecondsPer1000ByProcess: cpuSecondsPer1000,
  residentMiB,
});

const ratioOf = ({ bare, line }: RoundResult): number =>
  line.loaded.workflowsPerSecond / bare.loaded.workflowsPerSecond;

/** The round with the median ratio speaks for its shape: its two runs were neighbours in time. */
function summariseShape(rounds: readonly RoundResult[]): Summary | undefined {
  if (rounds.length === 0) return undefined;
  const middle = median(rounds, ratioOf);
  return { ratio: ratioOf(middle), bare: figuresOf(middle.bare), line: figuresOf(middle.line) };
}

export function summarise(
  results: Readonly<Record<Hosting, readonly RoundResult[]>>,
  how: { size: Size; rounds: number; quick: boolean },
) {
  return {
    measuredAt: new Date().toISOString(),
    machine: `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    ...how,
    ...summariseShape(results.one),
    perStation: summariseShape(results['per-station']),
    ratios: { one: results.one.map(ratioOf), perStation: results['per-station'].map(ratioOf) },
  };
}

/** Writes `results/latest.json` and prints the table. */
export async function write(summary: ReturnType<typeof summarise>): Promise<void> {
  const directory = resolve(import.meta.dirname, 'results');
  mkdirSync(directory, { recursive: true });
  writeFileSync(resolve(directory, 'latest.json'), `${JSON.stringify(summary, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { resolve } from 'node:path';
import type { Hosting } from './lines.ts';
import { median, type Run, type Size } from './measurement.ts';
import type { WaitFigures } from './waits.ts';

export interface RoundResult {
  readonly bare: Run;
  /** The least that a line of this design must do; in one process only. */
  readonly journal: Run | undefined;
  readonly line: Run;
}

interface Summary {
  readonly ratio: number;
  /** What the journal alone reaches of the bare line. */
  readonly journalRatio: number | undefined;
  readonly bare: Figures;
  readonly journal: Figures | undefined;
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
  readonly batchSizes: Readonly<Record<string, number>>;
}

const figuresOf = ({ quiet, loaded, cpuSecondsPer1000, residentMiB, batchSizes }: Run): Figures => ({
  workflowsPerSecond: loaded.workflowsPerSecond,
  quietP50Ms: quiet.p50Ms,
  quietP99Ms: quiet.p99Ms,
  loadedP50Ms: loaded.p50Ms,
  loadedP99Ms: loaded.p99Ms,
  cpuSecondsPer1000: Object.values(cpuSecondsPer1000).reduce((sum, seconds) => sum + seconds, 0),
  cpuSecondsPer1000ByProcess: cpuSecondsPer1000,
  residentMiB,
  batchSizes,
});

const ratioOf = ({ bare, line }: RoundResult): number =>
  line.loaded.workflowsPerSecond / bare.loaded.workflowsPerSecond;

/** The round with the median ratio speaks for its shape: its two runs were neighbours in time. */
function summariseShape(rounds: readonly RoundResult[]): Summary | undefined {
  if (rounds.length === 0) return undefined;
  const middle = median(rounds, ratioOf);
  const { bare, journal, line } = middle;
  return {
    ratio: ratioOf(middle),
    journalRatio: journal && ratioOf({ ...middle, line: journal }),
    bare: figuresOf(bare),
    journal: journal && figuresOf(journal),
    line: figuresOf(line),
  };
}

export function summarise(
  results: Readonly<Record<Hosting, readonly RoundResult[]>>,
  how: { size: Size; rounds: number; quick: boolean; versions: readonly string[]; waits: WaitFigures | undefined },
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

const BEGIN = '<!-- results:start -->';
const END = '<!-- results:end -->';

/** Writes `results/latest.json`, and the table in docs/benchmark.md. */
export function write(summary: ReturnType<typeof summarise>): void {
  const table = tableOf(summary);
  process.stdout.write(`${table}\n`);
  // A part of the benchmark is a look, not a result.
  if (!summary.line || !summary.perStation) return;
  const directory = resolve(import.meta.dirname, 'results');
  mkdirSync(directory, { recursive: true });
  writeFileSync(resolve(directory, 'latest.json'), `${JSON.stringify(summary, null, 2)}\n`);
  if (summary.quick) return;
  const document = resolve(import.meta.dirname, '../../docs/benchmark.md');
  const text = readFileSync(document, 'utf8');
  const [before, after] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  writeFileSync(document, `${text.slice(0, before)}\n${table}\n${text.slice(after)}`);
}

function tableOf(summary: ReturnType<typeof summarise>): string {
  const columns: readonly (readonly [string, Figures])[] = [
    ...(summary.line && summary.bare
      ? ([
          ['bare, one process', summary.bare],
          ...(summary.journal ? [['journal alone, one process', summary.journal] as const] : []),
          ['Conveyor, one process', summary.line],
        ] as const)
      : []),
    ...(summary.perStation
      ? ([
          ['bare, per station', summary.perStation.bare],
          ['Conveyor, per station', summary.perStation.line],
        ] as const)
      : []),
  ];
  const row = (name: string, figure: (figures: Figures) => string): string =>
    `| ${name} | ${columns.map(([, figures]) => figure(figures)).join(' | ')} |`;
  const ratio = (of: { ratio?: number } | undefined): string => of?.ratio?.toFixed(2) ?? 'not measured';
  const each = (ratios: readonly number[]): string => ratios.map((value) => value.toFixed(2)).join(', ');
  const lines =
    columns.length === 0
      ? []
      : [
          `Measured ${summary.measuredAt.slice(0, 10)} on ${summary.machine}; Node ${summary.node}, ${summary.versions.join(', ')}.`,
          `${summary.rounds} alternated rounds, ${summary.size.loaded} workflows of 4 steps each, ${summary.size.window} on the line at once; the round with the median ratio.`,
          '',
          `**Ratio to the bare line: ${ratio(summary)} in one process (rounds: ${each(summary.ratios.one)}), ${ratio(summary.perStation)} with a process per station (rounds: ${each(summary.ratios.perStation)}).**`,
          `The journal alone, of which the engine is made, reaches ${summary.journalRatio?.toFixed(2) ?? 'an unmeasured share'} of the bare line in one process.`,
          '',
          `| | ${columns.map(([name]) => name).join(' | ')} |`,
          `| --- |${columns.map(() => ' ---: |').join('')}`,
          row('workflows/s, loaded', (figures) => figures.workflowsPerSecond.toFixed(0)),
          row(
            'start to end, loaded, p50 / p99 ms',
            (figures) => `${figures.loadedP50Ms.toFixed(0)} / ${figures.loadedP99Ms.toFixed(0)}`,
          ),
          row(
            'start to end, quiet, p50 / p99 ms',
            (figures) => `${figures.quietP50Ms.toFixed(1)} / ${figures.quietP99Ms.toFixed(1)}`,
          ),
          row('CPU s per 1,000 workflows, all processes', (figures) => figures.cpuSecondsPer1000.toFixed(2)),
          row('by process', (figures) => listOf(figures.cpuSecondsPer1000ByProcess, 2)),
          row('resident MiB', (figures) => listOf(figures.residentMiB, 0)),
          row('documents per batch, mean, loaded', (figures) => listOf(figures.batchSizes, 0)),
        ];
  return [...lines, ...(summary.waits ? waitLines(summary.waits) : [])].join('\n');
}

function waitLines(figures: WaitFigures): string[] {
  const { size, notifiedPerSecond, cancelledPerSecond, polledPerSecond, pollCalls, cpuSecondsPer1000: cpu } = figures;
  const row = (name: string, perSecond: number, seconds: number): string =>
    `| ${name} | ${perSecond.toFixed(0)} | ${seconds.toFixed(2)} |`;
  return [
    '',
    `${size.count} waiting workflows for a notification and for a poll, ${size.cancelled} to be cancelled; one process hosts everything:`,
    '',
    '| | per second | CPU s of the process per 1,000 |',
    '| --- | ---: | ---: |',
    row('waits completed by a notification', notifiedPerSecond, cpu.notified),
    row('cancelled while waiting, one step undone', cancelledPerSecond, cpu.cancelled),
    row(`waits completed by ${pollCalls} calls of pollMany`, polledPerSecond, cpu.polled),
  ];
}

const listOf = (values: Readonly<Record<string, number>>, digits: number): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value.toFixed(digits)}`)
    .join('<br>');

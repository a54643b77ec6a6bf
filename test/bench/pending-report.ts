import type { Cost, Trend } from './observation.ts';
import type { PendingFigures, Stored } from './pending.ts';

/** The figures as the document has them. */
export function pendingLines(figures: PendingFigures): string[] {
  const { size, stored, idle, pending, notifiedMs, poll } = figures;
  const perWait = (part: keyof Stored): string =>
    `${(((stored.after[part] - stored.before[part]) * 2 ** 20) / size.waits).toFixed(0)} B`;
  return [
    `${size.waits} waits of 30 days, written at ${figures.writtenPerSecond.toFixed(0)} a second; ${figures.tickets} tickets rest on the ladder.`,
    '',
    '| | cores without | cores, first third | cores, last third | MiB without | MiB, first third | MiB, last third |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...pending.map((trend) => trendRow(trend, idle.find(({ name }) => name === trend.name)?.last)),
    '',
    '| database, MiB | before | with the waits | at the end | per wait |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...(['data', 'storage', 'indexes'] as const).map((part) => {
      const at = (when: keyof typeof stored): string => stored[when][part].toFixed(0);
      return `| ${part} | ${at('before')} | ${at('after')} | ${at('later')} | ${perWait(part)} |`;
    }),
    '',
    `${size.notified} of them notified, one after the other: p50 ${notifiedMs.p50.toFixed(0)} ms, p99 ${notifiedMs.p99.toFixed(0)} ms to the end of the workflow.`,
    `${size.due} waits due at once: ${poll.calls} calls of pollMany, ${poll.seconds.toFixed(1)} s to the last end; the worker grew from ${poll.workerMiB.before.toFixed(0)} to ${poll.workerMiB.most.toFixed(0)} MiB.`,
    `Its own work, start to waiting, p50 / p99: ${latency(poll.ownMs.before)} ms before, ${latency(poll.ownMs.meanwhile)} ms meanwhile.`,
  ];
}

function trendRow({ name, first, last }: Trend, without: Cost | undefined): string {
  const cores = [without, first, last].map((cost) => cost?.cores.toFixed(3) ?? '');
  const resident = [without, first, last].map((cost) => cost?.residentMiB.toFixed(0) ?? '');
  return `| ${[name, ...cores, ...resident].join(' | ')} |`;
}

const latency = ({ p50, p99 }: { readonly p50: number; readonly p99: number }): string =>
  `${p50.toFixed(0)} / ${p99.toFixed(0)}`;

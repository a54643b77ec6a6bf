import Table from 'cli-table3';
import { createLogUpdate } from 'log-update';
import { describeMs } from '../../shared/runtime/timeline.ts';
import { describeCount, describeElapsed, describeEnds, type Picture, type View } from './view.ts';

const BAR_WIDTH = 40;
/** Of notes, these many stay in sight below the table. */
const NOTES_SHOWN = 6;

/** A table that is drawn in place. */
export class TerminalView implements View {
  readonly everyMs = 200;
  readonly #update: ReturnType<typeof createLogUpdate>;
  #notes: string[] = [];
  #frame = '';

  constructor(terminal: NodeJS.WriteStream) {
    this.#update = createLogUpdate(terminal);
  }

  show(picture: Picture): void {
    this.#frame = frame(picture);
    this.#draw();
  }

  note(line: string): void {
    this.#notes = [...this.#notes, line].slice(-NOTES_SHOWN);
    this.#draw();
  }

  end(): void {
    this.#update.done();
    this.#notes = [];
    this.#frame = '';
  }

  #draw(): void {
    this.#update([this.#frame, ...this.#notes].filter((part) => part !== '').join('\n'));
  }
}

export function frame(picture: Picture): string {
  const { elapsedMs, wanted, started, ended, endedBy, parked, ratePerSecond, stations } = picture;
  const table = new Table({
    head: ['station', 'in', 'out', 'depth', 'retries', 'latency p50', 'p99'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: ['bold'], border: ['gray'] },
    // No lines between the rows: the table stays as low as it can.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const { action, taken, decided, depth, retries, latencyP50Ms, latencyP99Ms } of stations) {
    table.push([
      action,
      describeCount(taken),
      describeCount(decided),
      depth === undefined ? '?' : describeCount(depth),
      describeCount(retries),
      latencyP50Ms === undefined ? '' : describeMs(latencyP50Ms),
      latencyP99Ms === undefined ? '' : describeMs(latencyP99Ms),
    ]);
  }
  const settled = ended + parked;
  const done = wanted === 0 ? 1 : Math.min(1, settled / wanted);
  const bar = '█'.repeat(Math.round(done * BAR_WIDTH)).padEnd(BAR_WIDTH, '░');
  return [
    table.toString(),
    `${bar} ${Math.floor(done * 100)} %  ${describeCount(settled)} of ${describeCount(wanted)} orders, ${describeCount(started)} started`,
    `${describeElapsed(elapsedMs)} · ${describeCount(Math.round(ratePerSecond))} orders/s · ${describeEnds(endedBy) || 'none has ended yet'}${parked > 0 ? ` · parked ${parked}` : ''}`,
  ].join('\n');
}

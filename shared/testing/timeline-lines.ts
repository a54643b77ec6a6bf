import { unreachable } from '../core/unreachable.ts';
import type { Snapshot, WorkflowHistory } from '../journal/records.ts';
import { type TimelineEntry, timelineOf } from '../runtime/timeline.ts';

/**
 * The timeline of a workflow, a line for each attempt and each cancellation, without what differs from run to run (times, names of workers):
 *
 *   1 reserve-stock completed → reserved
 *   2 charge retried: action-threw
 *   2 charge completed by notification → paid
 *   3 cancelled
 *   4 charge undone
 */
export function timelineLines(history: WorkflowHistory): readonly string[] {
  const { snapshots } = history;
  const cancelled = new Map(snapshots.filter(isCancellation).map((snapshot) => [snapshot.step, snapshot]));
  const undoing = new Set(snapshots.filter(({ undo }) => undo !== undefined).map(({ step }) => step));
  const entries = timelineOf(history);
  return entries.flatMap((entry, index) => {
    const isLast = entries[index + 1]?.step !== entry.step;
    const cancellation = isLast ? cancelled.get(entry.step) : undefined;
    // The attempt of a cancellation only holds its place; of others that it came upon, the lines stand before its own.
    const own = entry.kind === 'cancel' ? [] : [lineOf(entry, !cancelled.has(entry.step) && !undoing.has(entry.step))];
    return cancellation ? [...own, cancellationLine(cancellation)] : own;
  });
}

/** The states that a workflow came to, the first one not counted, each once. */
export const statesOf = ({ snapshots }: WorkflowHistory): readonly string[] =>
  snapshots.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]);

const isCancellation = ({ kind }: Snapshot): boolean => kind === 'cancel';

/** A workflow that is undone stays in its state. */
const cancellationLine = ({ step, state, undo }: Snapshot): string =>
  undo ? `${step} cancelled` : `${step} cancelled → ${state}`;

function lineOf(entry: TimelineEntry, leads: boolean): string {
  const { step, action, state } = entry;
  const led = state === undefined || !leads ? '' : ` → ${state}`;
  return `${step} ${action} ${describe(entry)}${led}`;
}

function describe({ result, code, by, kind }: TimelineEntry): string {
  if (kind === 'operator') return 'taken up by an operator';
  switch (result) {
    case 'completed': {
      const ended = kind === 'compensate' ? 'undone' : code === undefined ? 'completed' : `failed: ${code}`;
      return by === undefined ? ended : `${ended} by ${by}`;
    }
    case 'failed':
      return `retried: ${code}`;
    case 'parked':
      return `parked: ${code}`;
    case 'cancelled':
    case 'lost':
    case 'open':
    case 'released':
    case 'withheld':
    case 'void':
    case 'waiting':
      return result;
    default:
      return unreachable(result);
  }
}

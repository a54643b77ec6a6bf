import type { Snapshot, WorkflowHistory } from '../../shared/journal/records.ts';
import { standingOf } from '../../shared/runtime/standing.ts';
import { UNDOABLE } from './contracts.ts';
import type { Effects } from './effects.ts';

/**
 * Holds what the world outside saw to what the journal says of a workflow, wherever it stands, parked ones included: what is decided
 * was done, and stands until it is undone; what is undone was to be undone, and what is said to be undone is; and at the end of a way
 * back nothing is left.
 */
export function ledgerProblems(effects: Effects, history: WorkflowHistory): string[] {
  const { head, snapshots } = history;
  const standing = stepsOf(effects.standing(head._id));
  const undone = stepsOf(effects.undone(head._id));
  const withdrawn = stepsOf(effects.withdrawn(head._id));
  const begin = snapshots.find(({ undo }) => undo);
  const planned = new Set(begin?.undo?.left.map(({ step }) => step));
  const isCompleted = ({ kind, failure }: Snapshot): boolean => kind === 'run' && !failure;
  const hasEnded = standingOf(history).kind === 'ended';

  const missing = snapshots
    .filter((one) => isCompleted(one) && !standing.has(one.step) && !undone.has(one.step) && !withdrawn.has(one.step))
    .map(({ step }) => `step ${step} is decided, and was not done`);
  const unasked = [...undone]
    .filter((step) => !planned.has(step))
    .map((step) => `step ${step} was undone, and nobody asked for it`);
  const left = snapshots
    .flatMap(({ undoes }) => undoes ?? [])
    .filter((step) => standing.has(step))
    .map((step) => `step ${step} is said to be undone, but still stands`);
  const forgotten = [...standing]
    .filter((step) => begin && hasEnded && isUndoable(step, snapshots, begin))
    .map((step) => `step ${step} still stands, although the workflow was undone`);
  return [...missing, ...unasked, ...left, ...forgotten].map((problem) => `${head.businessKey}: ${problem}`);
}

const stepsOf = (keys: readonly string[]): ReadonlySet<number> => new Set(keys.map((key) => Number(key.split('/')[1])));

function isUndoable(step: number, snapshots: readonly Snapshot[], begin: Snapshot): boolean {
  const action = snapshots.find((snapshot) => snapshot.step === step)?.action;
  return step <= begin.step && [...UNDOABLE].some((name) => name === action);
}

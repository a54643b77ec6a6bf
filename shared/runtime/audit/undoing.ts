import { isDeepStrictEqual } from 'node:util';
import { nextUndo, type Undo, type UndoItem, undone } from '../../core/compensation.ts';
import type { Snapshot, WorkflowHistory } from '../../journal/records.ts';
import type { Finding } from './finding.ts';

/**
 * I2 of the way back: what there is to undo is planned once, the newest first and of steps before; each step of the way undoes the
 * first of what is left, and nothing is undone twice.
 */
export function checkUndoing({ snapshots }: WorkflowHistory): Finding[] {
  return snapshots.flatMap((snapshot, index) => {
    const problem = problemOf(snapshot, snapshots[index - 1]?.undo);
    return problem === undefined ? [] : [{ invariant: 'I2', problem: `step ${snapshot.step}: ${problem}` }];
  });
}

function problemOf(snapshot: Snapshot, before: Undo | undefined): string | undefined {
  const { kind, undo, next, undoes, action } = snapshot;
  if (!before) {
    if (kind === 'compensate') return 'it undoes a step, but nothing was planned to be undone';
    return undo && planProblem(snapshot, undo);
  }
  const [first] = before.left;
  if (kind !== 'compensate') return `it is a ${kind}, but the workflow is on its way back`;
  if (!first) return 'it undoes a step, but nothing was left to undo';
  if (undoes !== first.step || action !== first.action) {
    return `it undoes ${action} of step ${undoes}, but ${describeItem(first)} was next`;
  }
  if (!isDeepStrictEqual(undo, undone(before))) return 'what it leaves to undo is not what was left without it';
  return isDeepStrictEqual(next, nextUndo(undone(before))) ? undefined : 'what comes next is not the next to undo';
}

function planProblem({ step, next }: Snapshot, undo: Undo): string | undefined {
  const misplaced = undo.left.find((item, index) => {
    const limit = undo.left[index - 1]?.step ?? step + 1;
    return item.step >= limit;
  });
  if (misplaced)
    return `${describeItem(misplaced)} is not in its place: the newest is undone first, and each step once`;
  return isDeepStrictEqual(next, nextUndo(undo)) ? undefined : 'what comes next is not the first to undo';
}

const describeItem = ({ action, step }: UndoItem): string => `${action} of step ${step}`;

import type { Undo } from '../../core/compensation.ts';
import type { WorkflowHistory } from '../../journal/records.ts';
import type { Finding } from './finding.ts';

/**
 * I2 of the way back: its plan names steps that were made before it, the newest first and each once. That the way then follows the plan is
 * a matter of the path.
 */
export function checkPlan({ attempts, snapshots }: WorkflowHistory): Finding[] {
  const begin = snapshots.find(({ undo }) => undo !== undefined);
  if (!begin?.undo) return [];
  const made = new Map(attempts.filter(({ kind }) => kind === 'run').map(({ step, action }) => [step, action]));
  const problem = misplaced(begin.undo, begin.step, made);
  return problem === undefined ? [] : [{ invariant: 'I2', problem: `step ${begin.step}: ${problem}` }];
}

function misplaced({ left }: Undo, begin: number, made: ReadonlyMap<number, string>): string | undefined {
  const wrong = left.find(({ step }, index) => step >= (left[index - 1]?.step ?? begin + 1));
  if (wrong)
    return `${wrong.action} of step ${wrong.step} is not in its place: the newest is undone first, and each once`;
  const foreign = left.find(({ step, action }) => made.get(step) !== action);
  return foreign && `${foreign.action} of step ${foreign.step} is to be undone, but was never attempted`;
}

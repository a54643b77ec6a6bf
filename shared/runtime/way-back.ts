// The plan of the way back, from the journal: what was done and what may have been, held against what the stored contracts say
// of each action.
import { wayBack } from '../core/cancellation.ts';
import { planCompensation, type StepTrace, type UndoItem } from '../core/compensation.ts';
import type { Advance, BeginCompensation } from '../core/transition.ts';
import type { DecidedStep } from '../journal/journal.ts';
import type { Attempt, Snapshot } from '../journal/records.ts';
import type { Acting } from './acting.ts';
import { untilKnown } from './right-to-act.ts';

/** How a step ends that is about to be decided: as its snapshot will tell of it. */
type Ending = Pick<Snapshot, 'step' | 'action'> & Partial<Pick<Snapshot, 'by'>>;

/**
 * What a declared failure decides that leads back: the plan of the way, and its first step. Call it before the decision is recorded, for
 * whatever ends a step with such a failure: its action, or the end of its wait.
 * @param ending the step that the failure ends; `by` when something ended its wait
 */
export async function planWayBack(
  acting: Acting,
  workflowId: string,
  ending: Ending,
  { failure, state, data }: BeginCompensation,
): Promise<Advance> {
  const { line, right } = acting;
  const { attempts, snapshots } = await untilKnown(() => line.reads.course(workflowId), right);
  const { step, action, by } = ending;
  const decision = { step, kind: 'run', action, failure, ...(by === undefined ? {} : { by }) } as const;
  const left = await planUndoing(acting, tracesUpTo(step, { attempts, snapshots: [...snapshots, decision] }));
  return { ...wayBack({ state, data }, { left, end: 'failed' }), failure };
}

/** What there is to undo of these steps, the newest first. */
export async function planUndoing(acting: Acting, steps: readonly StepTrace[]): Promise<readonly UndoItem[]> {
  const { line, right } = acting;
  const stations = await untilKnown(() => line.reads.stations(), right);
  const undoable = new Set(
    stations.filter(({ contract }) => contract.compensates).map(({ contract }) => contract.name),
  );
  return planCompensation(steps, (action) => undoable.has(action));
}

type Traced = Pick<DecidedStep, 'step' | 'kind' | 'action'> & Partial<Pick<DecidedStep, 'failure' | 'by'>>;

/** The steps up to a certain one, that one included, as planning needs them. */
export function tracesUpTo(
  last: number,
  { attempts, snapshots }: { readonly attempts: readonly Attempt[]; readonly snapshots: readonly Traced[] },
): readonly StepTrace[] {
  return Array.from({ length: last }, (_, index) => {
    const step = index + 1;
    const decision = snapshots.find((snapshot) => snapshot.step === step);
    return {
      step,
      attempts: attempts.filter((attempt) => attempt.step === step),
      ...(decision ? { decision } : {}),
    };
  });
}

// What is left to undo of a workflow, as data: planned once from the journal, written into every snapshot of the way back.
import type { EndStatus } from './workflow-definition.ts';

/** How sure it is that a step was performed: its snapshot says so, or an attempt may have acted before it was lost or gave up. */
export type Certainty = 'committed' | 'possibly';

/** One step that is to be undone, by `compensate` of its action. */
export interface UndoItem {
  readonly step: number;
  readonly action: string;
  readonly performed: Certainty;
}

/** What is left to undo, the next first; and how the workflow ends when nothing is. */
export interface Undo {
  readonly left: readonly UndoItem[];
  readonly end: Extract<EndStatus, 'cancelled' | 'failed'>;
}

/** What follows while something is left to undo: the action whose `compensate` is next, and the step that it undoes. */
export interface NextUndo {
  readonly compensate: string;
  readonly step: number;
  readonly performed: Certainty;
}

/** A step as the journal tells of it, as far as planning needs it. */
export interface StepTrace {
  readonly step: number;
  /** All its attempts. Each must be settled: an action would be undone while it acts. */
  readonly attempts: readonly AttemptTrace[];
  /** Absent of the step that is not decided yet. */
  readonly decision?: DecisionTrace;
}

export interface AttemptTrace {
  readonly kind: 'run' | 'operator' | 'cancel' | 'compensate';
  readonly action: string;
  readonly fate?: string;
}

export interface DecisionTrace {
  readonly kind: 'run' | 'cancel' | 'compensate';
  readonly action: string;
  /** The declared failure that the step ended with. */
  readonly failure?: unknown;
  /** What ended its wait, if it waited. */
  readonly by?: string;
}

/**
 * What there is to undo, newest first: only what an action can undo, and only what was done or may have been.
 * @param steps all steps up to the one that the way back begins at, that one included, in any order
 * @param compensates whether an action declares a `compensate`
 */
export const planCompensation = (
  steps: readonly StepTrace[],
  compensates: (action: string) => boolean,
): readonly UndoItem[] =>
  steps
    .flatMap(itemOf)
    .filter(({ action }) => compensates(action))
    .sort((left, right) => right.step - left.step);

function itemOf({ step, attempts, decision }: StepTrace): readonly UndoItem[] {
  if (decision?.kind === 'compensate') return [];
  if (decision?.kind !== 'run') {
    // What a cancellation withheld never acted; of any other attempt that cannot be said.
    const acted = attempts.find(({ kind, fate }) => kind === 'run' && fate !== 'withheld');
    return acted ? [{ step, action: acted.action, performed: 'possibly' }] : [];
  }
  const { action, failure, by } = decision;
  if (failure === undefined) return [{ step, action, performed: 'committed' }];
  // An action that says that it failed has done nothing. What it set going and nobody answered for in time is another matter.
  return by === 'deadline' ? [{ step, action, performed: 'possibly' }] : [];
}

/** What follows from what is left to undo: the first of it, or the end. */
export function nextUndo({ left, end }: Undo): NextUndo | { readonly end: Undo['end'] } {
  const [first] = left;
  return first ? { compensate: first.action, step: first.step, performed: first.performed } : { end };
}

/** What is left when the first of it is undone. */
export const undone = ({ left, end }: Undo): Undo => ({ left: left.slice(1), end });

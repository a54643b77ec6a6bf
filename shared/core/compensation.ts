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

/** A decided step as far as planning needs it. */
export interface DecidedStep {
  readonly kind: 'run' | 'cancel' | 'compensate';
  readonly step: number;
  readonly action: string;
  /** The declared failure that it ended with: then its action says that there is nothing to undo. */
  readonly failure?: unknown;
}

/** An attempt of the undecided step as far as planning needs it. */
export interface OpenAttempt {
  readonly kind: 'run' | 'operator' | 'cancel' | 'compensate';
  readonly action: string;
  readonly fate?: string;
}

/** The step that is not decided yet, with all its attempts. */
export interface OpenStep {
  readonly step: number;
  readonly attempts: readonly OpenAttempt[];
}

/**
 * What there is to undo, newest first: the undecided step, if an attempt of it may have acted; then the committed ones. Only what
 * an action can undo. Every attempt of the undecided step must be settled: one that still acts would be undone while it does.
 * @param history every decided step so far, in any order
 * @param open the undecided step; undefined when the last one has just been decided
 * @param compensates whether an action declares a `compensate`
 */
export function planCompensation(
  history: readonly DecidedStep[],
  open: OpenStep | undefined,
  compensates: (action: string) => boolean,
): readonly UndoItem[] {
  const committed = history
    .filter(({ kind, failure }) => kind === 'run' && failure === undefined)
    .map(({ step, action }): UndoItem => ({ step, action, performed: 'committed' }))
    .sort((left, right) => right.step - left.step);
  return [...possiblyPerformed(open), ...committed].filter(({ action }) => compensates(action));
}

/** An attempt that a cancellation withheld never acted; of any other that cannot be said. */
function possiblyPerformed(open: OpenStep | undefined): readonly UndoItem[] {
  const acted = open?.attempts.find(({ kind, fate }) => kind === 'run' && fate !== 'withheld');
  return open && acted ? [{ step: open.step, action: acted.action, performed: 'possibly' }] : [];
}

/** What follows from what is left to undo: the first of it, or the end. */
export function nextUndo({ left, end }: Undo): NextUndo | { readonly end: Undo['end'] } {
  const [first] = left;
  return first ? { compensate: first.action, step: first.step, performed: first.performed } : { end };
}

/** What is left when the first of it is undone. */
export const undone = ({ left, end }: Undo): Undo => ({ left: left.slice(1), end });

/**
 * The invariants that a journal can prove, and two that take more:
 *
 * I1  Every accepted start is ended, parked or on the line, and its head says what its journal says.
 * I2  One snapshot per step, 1…n without a gap, along a path that the definition allows.
 * I3  The attempts of a step never overlap while their holders live, and their numbers rise.
 * I4  One key per step, shared with no other step: ids are what they are made of, and one step is one action.
 * I6  What happens is announced, in its order, and nothing else is: told by listening for a while.
 * I8  Fresh workflows end in time: told by starting some.
 */
export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I6' | 'I8';

/** What a check of one invariant found; one sentence. */
export interface Finding {
  readonly invariant: Invariant;
  readonly problem: string;
}

/** A finding and the workflow that it is about. */
export interface Violation extends Finding {
  readonly workflowId: string;
  /** Absent when the journal does not know the workflow at all. */
  readonly businessKey?: string;
}

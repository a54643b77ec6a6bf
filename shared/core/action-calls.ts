import type { Certainty } from './compensation.ts';

/** A logger that stands for one attempt: workflow, step and attempt are on every line already. */
export interface ActionLog {
  debug(details: Record<string, unknown>, message: string): void;
  info(details: Record<string, unknown>, message: string): void;
  warn(details: Record<string, unknown>, message: string): void;
  error(details: Record<string, unknown>, message: string): void;
}

interface Call<Input> {
  /** The fields of the workflow's data that the action's input schema declares, checked. */
  readonly input: Input;
  /** Aborts at the timeout and when the process must give up. Pass it to everything that waits. */
  readonly signal: AbortSignal;
  readonly workflowId: string;
  readonly businessKey: string;
  readonly log: ActionLog;
}

/** What an action gets to do its work with. */
export interface ActionCall<Input> extends Call<Input> {
  /** The same for every attempt of this step, different for every other step: pass it to the downstream. */
  readonly idempotencyKey: string;
  /** 1 for the first attempt of the step. Rises, but with gaps: lost workers and deploys use numbers up, too. */
  readonly attempt: number;
}

/** What a poll gets to ask with. Two polls of a wait can be under way at once, so it must only ask. */
export interface PollCall<Input> extends Call<Input> {
  /** The key that `run` was given: what it set going can be found by it. */
  readonly idempotencyKey: string;
  /** 1 for the first poll of the wait. */
  readonly poll: number;
}

/** What an action gets to undo its work with. */
export type CompensateCall<Input, Changes> = Call<Input> & {
  /** Of the undoing itself: the same for every attempt of it. */
  readonly idempotencyKey: string;
  /** The key that `run` was given: what it did can be found by it. */
  readonly undoneKey: string;
  /** 1 for the first attempt of the undoing. */
  readonly attempt: number;
} & (
    | {
        /** It completed with these changes. */
        readonly performed: 'committed';
        readonly changes: Changes;
      }
    | {
        /** Its holder died, it failed, or it waits: perhaps it acted, and perhaps there is nothing to undo. */
        readonly performed: Exclude<Certainty, 'committed'>;
        readonly changes?: undefined;
      }
  );

/** Something that the steward looks after from time to time. */
export interface Round {
  /** For the log. */
  readonly name: string;
  /** The pause before each run, milliseconds; the shell adds jitter, so that two stewards do not run in step. */
  readonly everyMs: number;
  /**
   * One batch of work, bounded; what is left is for the next run. Never called while a run of the same round is under way in this process;
   * other stewards may be at the same, so everything in it may be done twice. What it throws is logged, and it runs again.
   * @param signal aborts when the steward stops: do not begin anything new, and resolve soon
   */
  run(signal: AbortSignal): Promise<void>;
}

import type { Action, Polling } from '../core/action.ts';
import type { Clock } from '../core/clock.ts';
import type { RetryPolicy } from '../core/retry-policy.ts';
import { deadlineMs, type WorkflowDefinition } from '../core/workflow-definition.ts';

/**
 * Declared durations, divided: those of waits, polls, retries and deadlines. Not the timeouts of actions, which are about work that takes
 * its real time, and not the engine's own pauses.
 */
export class TimeScale {
  readonly #divisor: number;
  readonly #clock: Clock;

  constructor(divisor: number, clock: Clock) {
    this.#divisor = divisor;
    this.#clock = clock;
  }

  definition(definition: WorkflowDefinition): WorkflowDefinition {
    const deadline = deadlineMs(definition);
    return deadline === undefined ? definition : { ...definition, deadline: `${this.#divided(deadline)}ms` };
  }

  action(action: Action): Action {
    const retry = this.#retry(action.retry);
    const { polling } = action;
    return {
      ...action,
      retry,
      contract: { ...action.contract, retry },
      run: async (call) => this.#outcome(await action.run(call)),
      ...(polling && { polling: this.#polling(polling) }),
    };
  }

  #retry(policy: RetryPolicy): RetryPolicy {
    const { backoffMs, maxBackoffMs } = policy;
    return { ...policy, backoffMs: this.#divided(backoffMs), maxBackoffMs: this.#divided(maxBackoffMs) };
  }

  #polling(polling: Polling): Polling {
    const { backoffMs, maxBackoffMs } = polling;
    return {
      ...polling,
      backoffMs: this.#divided(backoffMs),
      maxBackoffMs: this.#divided(maxBackoffMs),
      poll: async (calls) => {
        const answers = await polling.poll(calls);
        return Array.isArray(answers) ? answers.map((answer) => this.#outcome(answer)) : answers;
      },
    };
  }

  /** What is no outcome is left as it is, for the engine to say so. */
  #outcome(outcome: unknown): unknown {
    if (typeof outcome !== 'object' || outcome === null) return outcome;
    const now = this.#clock.now();
    return Object.fromEntries(
      Object.entries(outcome).map(([field, value]: [string, unknown]) => {
        if (typeof value !== 'number') return [field, value];
        if (field === 'untilAt') return [field, now + this.#divided(value - now)];
        return [field, SCALED.has(field) ? this.#divided(value) : value];
      }),
    );
  }

  #divided(ms: number): number {
    return this.#divisor === 1 ? ms : Math.max(1, Math.round(ms / this.#divisor));
  }
}

/** The fields of outcomes that are lengths of time. */
const SCALED = new Set(['afterMs', 'pollAfterMs', 'untilMs']);

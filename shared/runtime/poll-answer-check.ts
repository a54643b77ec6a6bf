import { z } from 'zod';
import type { Action } from '../core/action.ts';
import { describeError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { PollOutcome } from '../core/outcome.ts';
import { unreachable } from '../core/unreachable.ts';

const pollOutcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('completed'), changes: z.unknown() }),
  z.object({ kind: z.literal('failed'), code: z.string(), message: z.string() }),
  z.object({ kind: z.literal('pending'), afterMs: z.number().min(0).max(LIMITS.waitMs).optional() }),
]);

/** What a poll said that its contract does not allow. */
export interface BrokenAnswer {
  readonly kind: 'broken';
  readonly reason: string;
}

/**
 * Holds what a poll returned for one wait against the contract. What does not fit decides nothing: the wait goes on, and the next poll may
 * come from a build that is right.
 */
export function parsePollOutcome(action: Action, returned: unknown): PollOutcome | BrokenAnswer {
  const parsed = pollOutcomeSchema.safeParse(returned);
  if (!parsed.success) return broken(action, 'something else than completed(…), failed(…) or pending(…) from poll.');
  const outcome = parsed.data;
  switch (outcome.kind) {
    case 'completed': {
      const changes = action.parseChanges(outcome.changes);
      return changes.ok ? { kind: 'completed', changes: changes.value } : broken(action, changes.problem);
    }
    case 'failed':
      if (action.failures.includes(outcome.code)) return outcome;
      return broken(action, `the undeclared failure "${outcome.code}" from poll.`);
    case 'pending': {
      const { afterMs } = outcome;
      return { kind: 'pending', ...(afterMs === undefined ? {} : { afterMs }) };
    }
    default:
      return unreachable(outcome);
  }
}

const broken = (action: Action, problem: string): BrokenAnswer => ({
  kind: 'broken',
  reason: describeError('outcome-invalid', { action: action.name, problem }),
});

import { z } from 'zod';
import type { Action } from '../core/action.ts';
import { describeError } from '../core/errors.ts';
import type { Performed } from '../core/transition.ts';
import { unreachable } from '../core/unreachable.ts';

const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('completed'), changes: z.unknown() }),
  z.object({ kind: z.literal('failed'), code: z.string(), message: z.string() }),
  z.object({ kind: z.literal('retry'), reason: z.string(), afterMs: z.number().min(0).finite().optional() }),
]);

/** Holds what an action returned against its contract; what does not fit is `broken`, with a text that lists what is allowed. */
export function parseOutcome(action: Action, returned: unknown): Performed {
  const parsed = outcomeSchema.safeParse(returned);
  if (!parsed.success) {
    return broken(action, `${describe(returned)} instead of completed(…), failed(…) or retry(…).`);
  }
  const outcome = parsed.data;
  switch (outcome.kind) {
    case 'completed': {
      const changes = action.parseChanges(outcome.changes);
      return changes.ok ? { kind: 'completed', changes: changes.value } : broken(action, changes.problem);
    }
    case 'failed': {
      if (action.failures.includes(outcome.code)) return outcome;
      const allowed = action.failures.length === 0 ? 'none' : action.failures.join(', ');
      return broken(action, `the undeclared failure "${outcome.code}"; declared: ${allowed}.`);
    }
    case 'retry': {
      const { reason, afterMs } = outcome;
      return { kind: 'retry', reason, ...(afterMs === undefined ? {} : { afterMs }) };
    }
    default:
      return unreachable(outcome);
  }
}

const broken = (action: Action, problem: string): Performed => ({
  kind: 'broken',
  code: 'outcome-invalid',
  reason: describeError('outcome-invalid', { action: action.name, problem }),
});

const describe = (returned: unknown): string => {
  if (returned === null || typeof returned !== 'object') return String(returned);
  const keys = Object.keys(returned).slice(0, 8).join(', ');
  return `an object with ${keys === '' ? 'no fields' : `the fields ${keys}`}`;
};

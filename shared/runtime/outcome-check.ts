import { z } from 'zod';
import type { Action } from '../core/action.ts';
import { describeError } from '../core/errors.ts';
import type { Waiting } from '../core/outcome.ts';
import type { Performed } from '../core/transition.ts';
import { unreachable } from '../core/unreachable.ts';
import { waitingProblem } from '../core/wait.ts';

const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('completed'), changes: z.unknown() }),
  z.object({ kind: z.literal('failed'), code: z.string(), message: z.string() }),
  z.object({ kind: z.literal('retry'), reason: z.string(), afterMs: z.number().min(0).finite().optional() }),
  z.object({
    kind: z.literal('waiting'),
    notification: z.string().optional(),
    pollAfterMs: z.number().min(0).finite().optional(),
    untilMs: z.number().min(0).finite().optional(),
    untilAt: z.number().min(0).finite().optional(),
    otherwise: z.string().optional(),
  }),
]);

/** Holds what an action returned against its contract; what does not fit is `broken`, with a text that lists what is allowed. */
export function parseOutcome(action: Action, returned: unknown): Performed {
  const parsed = outcomeSchema.safeParse(returned);
  if (!parsed.success) {
    return broken(action, `${describe(returned)} instead of completed(…), failed(…), retry(…) or waiting(…).`);
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
    case 'waiting': {
      const asked = waitOf(outcome);
      const problem = waitingProblem(action.contract, asked, action.parseChanges({}).ok);
      return problem === undefined ? asked : broken(action, problem);
    }
    default:
      return unreachable(outcome);
  }
}

/** A field that was given as `undefined` was not given. */
function waitOf({
  notification,
  pollAfterMs,
  untilMs,
  untilAt,
  otherwise,
}: Extract<z.infer<typeof outcomeSchema>, { kind: 'waiting' }>): Waiting {
  return {
    kind: 'waiting',
    ...(notification === undefined ? {} : { notification }),
    ...(pollAfterMs === undefined ? {} : { pollAfterMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
    ...(untilAt === undefined ? {} : { untilAt }),
    ...(otherwise === undefined ? {} : { otherwise }),
  };
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

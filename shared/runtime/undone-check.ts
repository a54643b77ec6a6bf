import { z } from 'zod';
import type { Action } from '../core/action.ts';
import { describeError } from '../core/errors.ts';
import type { Performed } from '../core/transition.ts';
import { unreachable } from '../core/unreachable.ts';

const undoneSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('completed'), changes: z.strictObject({}) }),
  z.object({ kind: z.literal('retry'), reason: z.string(), afterMs: z.number().min(0).finite().optional() }),
]);

/** Holds what `compensate` returned against what it may say; what does not fit is `broken`, with a text that lists that. */
export function parseUndone(action: Action, returned: unknown): Performed {
  const parsed = undoneSchema.safeParse(returned);
  if (!parsed.success) {
    const problem = 'something else than completed({}) or retry(…) from compensate.';
    return {
      kind: 'broken',
      code: 'outcome-invalid',
      reason: describeError('outcome-invalid', { action: action.name, problem }),
    };
  }
  const outcome = parsed.data;
  switch (outcome.kind) {
    case 'completed':
      return { kind: 'completed', changes: {} };
    case 'retry': {
      const { reason, afterMs } = outcome;
      return { kind: 'retry', reason, ...(afterMs === undefined ? {} : { afterMs }) };
    }
    default:
      return unreachable(outcome);
  }
}

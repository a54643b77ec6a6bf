import type { Action } from '../../core/action.ts';
import { describeError } from '../../core/errors.ts';
import type { Performed } from '../../core/transition.ts';
import type { Log } from '../log.ts';
import { parseOutcome } from '../outcome-check.ts';
import type { Call, Performer } from '../performer.ts';

/**
 * The innermost: calls the action with what its contract promises it, and lets nothing out but what the contract allows.
 * Whatever an action throws is a failed attempt; whatever it returns beside its contract is a mistake that repeating would not
 * mend.
 */
export function checkContract(action: Action, log: Log): Performer {
  return async ({ envelope, data, idempotencyKey, controller }: Call): Promise<Performed> => {
    const { workflowId, attempt, businessKey } = envelope;
    try {
      const input = action.parseInput(data);
      if (!input.ok) {
        const reason = describeError('input-invalid', { action: action.name, problem: input.problem });
        return { kind: 'broken', code: 'input-invalid', reason };
      }
      const returned = await action.run({
        input: input.value,
        idempotencyKey,
        get signal() {
          return controller.signal;
        },
        attempt,
        workflowId,
        businessKey,
        log: log.forStep(envelope),
      });
      return parseOutcome(action, returned);
    } catch (error) {
      log.forStep(envelope).debug({ err: error }, 'action threw');
      return { kind: 'threw', code: 'action-threw', reason: describeThrown(error) };
    }
  };
}

/** Anything can be thrown, also what throws itself when it is made a text. */
function describeThrown(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  } catch {
    return `something that cannot be written as text (${typeof thrown})`;
  }
}

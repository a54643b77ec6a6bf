import type { Action } from '../../core/action.ts';
import { describeError } from '../../core/errors.ts';
import { idempotencyKey } from '../../core/names.ts';
import type { Performed } from '../../core/transition.ts';
import type { Log } from '../log.ts';
import { parseOutcome } from '../outcome-check.ts';
import type { Call, Perform } from '../performance.ts';

/**
 * The innermost: calls the action with what its contract promises it, and lets nothing out but what the contract allows.
 * Whatever an action throws is a failed attempt; whatever it returns beside its contract is a mistake that repeating would not
 * mend.
 */
export function checkContract(action: Action, log: Log): Perform {
  return async ({ envelope, data, controller }: Call): Promise<Performed> => {
    const { workflowId, step, attempt, businessKey } = envelope;
    try {
      const input = action.parseInput(data);
      if (!input.ok) {
        const reason = describeError('input-invalid', { action: action.name, problem: input.problem });
        return { kind: 'broken', code: 'input-invalid', reason };
      }
      const returned = await action.run({
        input: input.value,
        idempotencyKey: idempotencyKey(workflowId, step),
        signal: controller.signal,
        attempt,
        workflowId,
        businessKey,
        log: log.forStep(envelope),
      });
      return parseOutcome(action, returned);
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      log.forStep(envelope).debug({ err: error }, 'action threw');
      return { kind: 'threw', code: 'action-threw', reason };
    }
  };
}

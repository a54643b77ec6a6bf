import type { Action } from '../../core/action.ts';
import { describeError, type ErrorCode } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Performed } from '../../core/transition.ts';
import type { Log } from '../log.ts';
import { parseOutcome } from '../outcome-check.ts';
import type { Call, Performer } from '../performer.ts';
import type { Undoing } from '../undoing.ts';
import { parseUndone } from '../undone-check.ts';

/**
 * The innermost: calls the action with what its contract promises it, and lets nothing out but what the contract allows.
 * Whatever an action throws is a failed attempt; whatever it returns beside its contract is a mistake that repeating would not
 * mend.
 */
export function checkContract(action: Action, log: Log): Performer {
  return async (call: Call): Promise<Performed> => {
    const { envelope, data, undoing } = call;
    try {
      const input = action.parseInput(undoing?.dataBefore ?? data);
      if (!input.ok) return broken('input-invalid', { action: action.name, problem: input.problem });
      return await (undoing ? undo(action, log, call, input.value, undoing) : run(action, log, call, input.value));
    } catch (error) {
      log.forStep(envelope).debug({ err: error }, 'action threw');
      return { kind: 'threw', code: 'action-threw', reason: describeThrown(error) };
    }
  };
}

async function run(action: Action, log: Log, call: Call, input: JsonObject): Promise<Performed> {
  const { envelope, idempotencyKey, controller } = call;
  const { workflowId, attempt, businessKey } = envelope;
  const returned = await action.run({
    input,
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
}

async function undo(action: Action, log: Log, call: Call, input: JsonObject, undoing: Undoing): Promise<Performed> {
  const { envelope, idempotencyKey, controller } = call;
  const { workflowId, attempt, businessKey } = envelope;
  if (!action.compensate) return broken('compensation-missing', { action: action.name });
  const { changes, undoneKey } = undoing;
  const certainty = changes ? { performed: 'committed' as const, changes } : { performed: 'possibly' as const };
  const returned = await action.compensate({
    ...certainty,
    input,
    idempotencyKey,
    undoneKey,
    get signal() {
      return controller.signal;
    },
    attempt,
    workflowId,
    businessKey,
    log: log.forStep(envelope),
  });
  return parseUndone(action, returned);
}

const broken = (code: ErrorCode, details: Record<string, string>): Performed => ({
  kind: 'broken',
  code,
  reason: describeError(code, details),
});

/** Anything can be thrown, also what throws itself when it is made a text. */
function describeThrown(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  } catch {
    return `something that cannot be written as text (${typeof thrown})`;
  }
}

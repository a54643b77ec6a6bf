import { z } from 'zod';
import { type CompensateCall, type CompensateOutcome, completed } from '../../../shared/index.ts';
import type { Downstream } from '../downstream-client.ts';

/**
 * Makes the `compensate` of an action: the downstream undoes what was asked for with the key of the step. It knows by that key
 * whether there is anything to undo, and lets a request for it that comes later have no effect; so it is asked in the same way
 * whether the action is known to have acted or not.
 */
export const undoneBy =
  (downstream: Downstream, path: string) =>
  async (call: CompensateCall<{ readonly orderId: string }, unknown>): Promise<CompensateOutcome> => {
    const { input, undoneKey } = call;
    const body = { orderId: input.orderId, undoes: undoneKey };
    const answer = await downstream.post(call, path, body, { body: z.object({ undone: z.boolean() }) });
    return answer.kind === 'done' ? completed({}) : answer;
  };

import { chooseEdge } from '../core/conditions.ts';
import { describeError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { type Decision, transition } from '../core/transition.ts';
import { type Claimed, claim, type Turn } from './claim.ts';
import { dispose } from './dispose.ts';
import { followThrough } from './follow-through.ts';
import { type Perform, perform } from './performance.ts';
import { record } from './record.ts';
import type { StationContext } from './station-context.ts';

/**
 * Gives back what `enter` took: the slot when the action has returned; everything, the place in the process's table included,
 * when the decision is recorded or the attempt is another's, and before anything is sent.
 */
export interface Pass {
  performed(): void;
  leave(): void;
}

/**
 * The execution of one step, from the message's arrival to the point where it may be acknowledged. (Decoding came before,
 * in `Station`; the acknowledgement comes after.) Returns the turn with which the step goes on when this attempt was found
 * lost; undefined when everything that follows from the message is durable.
 */
export async function executeStep(
  context: StationContext,
  through: Perform,
  turn: Turn,
  data: JsonObject,
  pass: Pass,
): Promise<Turn | undefined> {
  const found = await claim(context, turn);
  if (found.kind !== 'claimed') {
    // Before anything is sent: a copy that came back to an attempt still in the table would be adopted, and lost with it (Q2).
    pass.leave();
    return dispose(context, turn, found);
  }

  await context.pause('performing', turn.envelope);
  context.right.mayAct();
  const begunAt = context.line.clock.monotonic();
  const decision = await performAndDecide(context, through, found, turn, data);
  const durationMs = context.line.clock.monotonic() - begunAt;
  pass.performed();
  await context.pause('performed', turn.envelope);

  const recorded = await record(context, found, decision, durationMs);
  context.held.delete(found.attempt._id);
  pass.leave(); // Q2, as above
  if (recorded.kind !== 'recorded') return dispose(context, turn, recorded);
  await context.pause('recorded', turn.envelope);

  await followThrough(context, turn, decision);
  await context.pause('followed', turn.envelope);
  return undefined;
}

async function performAndDecide(
  context: StationContext,
  through: Perform,
  claimed: Claimed,
  { envelope, definition }: Turn,
  data: JsonObject,
): Promise<Decision> {
  const { workflow, version, state, action, failures } = envelope;
  // Without its definition nobody knows where the action leads: it is not performed.
  if (!definition) {
    const reason = describeError('definition-missing', { workflow, version });
    return { kind: 'park', code: 'definition-missing', reason };
  }
  const performed = await perform(through, claimed, data);
  const { retry } = context.action;
  const random = context.line.random.next();
  return transition({ definition, state, action, data, failures, retry, random }, performed, chooseEdge);
}

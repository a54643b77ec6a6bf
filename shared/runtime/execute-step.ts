import { chooseEdge } from '../core/conditions.ts';
import { describeError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { type Decision, transition, transitionBack } from '../core/transition.ts';
import { type Claimed, claim } from './claim.ts';
import { dispose } from './dispose.ts';
import { followThrough } from './follow-through.ts';
import { type Given, givenAt } from './given.ts';
import { type Performer, perform } from './performer.ts';
import { type Recordable, record } from './record.ts';
import type { StationContext } from './station-context.ts';
import type { Visit } from './visit.ts';
import { planWayBack } from './way-back.ts';

/**
 * Gives back what `enter` took: the slot when the action has returned; everything, the place in the process's table included,
 * when the decision is recorded or the attempt is another's, and before anything is sent.
 */
export interface Pass {
  leaveSlot(): void;
  leave(): void;
}

/**
 * The execution of one step, from the message's arrival to the point where it may be acknowledged. (`unpack` decoded it before;
 * the acknowledgement comes after, in `Station`.) Returns the visit with which the step goes on: that of the next attempt when this
 * one was found lost, that of the step's last attempt when others had gone on from this one. Undefined when everything that follows
 * from the message is durable.
 */
export async function executeStep(
  context: StationContext,
  performer: Performer,
  visit: Visit,
  data: JsonObject,
  pass: Pass,
): Promise<Visit | undefined> {
  const found = await claim(context, visit);
  if (found.kind !== 'claimed') {
    // Before anything is sent: a copy that came back to an attempt still in the table would be adopted, and lost with it (Q2).
    pass.leave();
    return dispose(context, visit, found);
  }

  const given = await givenAt(context, visit.envelope, data);
  await context.pause('performing', visit.envelope);
  context.right.mayAct();
  const begunAt = context.line.clock.monotonic();
  const decided = await performAndDecide(context, performer, found, visit, given);
  const durationMs = context.line.clock.monotonic() - begunAt;
  pass.leaveSlot();
  await context.pause('performed', visit.envelope);

  const decision = await planned(context, visit, decided);
  const recorded = await record(context, found, decision, durationMs);
  context.held.delete(found.attempt._id);
  pass.leave(); // Q2, as above
  if (recorded.kind !== 'recorded') return dispose(context, visit, recorded);
  await context.pause('recorded', visit.envelope);

  await followThrough(context, visit, decision);
  await context.pause('followed', visit.envelope);
  return undefined;
}

async function performAndDecide(
  context: StationContext,
  performer: Performer,
  claimed: Claimed,
  { envelope, definition, undoing }: Visit,
  given: Given,
): Promise<Decision> {
  const { workflow, version, state, action, failures } = envelope;
  // Without its definition nobody knows where the action leads: it is not performed.
  if (!definition) {
    const reason = describeError('definition-missing', { workflow, version });
    return { kind: 'park', code: 'definition-missing', reason };
  }
  const performed = await perform(performer, claimed, { ...given, ...(undoing ? { undoing } : {}) });
  const { retry } = context.action;
  const random = context.line.random.next();
  const now = context.line.clock.now();
  const turn = { definition, state, action, data: given.data, failures, retry, random, now };
  return undoing ? transitionBack(turn, undoing.undo, performed) : transition(turn, performed, chooseEdge);
}

/** What can be recorded: that a failure leads back says nothing yet of what there is to undo. */
async function planned(context: StationContext, { envelope }: Visit, decided: Decision): Promise<Recordable> {
  if (decided.kind !== 'begin-compensation') return decided;
  return planWayBack(context, envelope.workflowId, envelope, decided);
}

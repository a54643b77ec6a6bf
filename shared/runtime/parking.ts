import type { Envelope } from '../contract/envelope.ts';
import { stationTopology } from '../contract/topology.ts';
import { describeError, Unavailable } from '../core/errors.ts';
import type { Park } from '../core/transition.ts';
import type { Attempt } from '../journal/records.ts';
import type { Acting } from './acting.ts';
import { stepAnnouncement } from './announcements.ts';
import { newAttempt } from './attempts.ts';
import { changeHead } from './head-change.ts';
import { pauseAt } from './pause-points.ts';
import { untilKnown } from './right-to-act.ts';
import { readStep } from './step-view.ts';

/**
 * What follows from a `parked` fate: the event is out, and the head says so. The event first: a head that says so is followed by nobody any
 * more, also when every message is lost.
 * @param at when it was parked, if that was earlier than now
 */
export async function followPark(acting: Acting, envelope: Envelope, decided: Park, at?: Date): Promise<void> {
  const { line, sender } = acting;
  const { workflowId, step } = envelope;
  const { code, reason } = decided;
  const parked = { step, code, reason, at: at ?? new Date(line.clock.now()) };
  await sender.announce(stepAnnouncement('parked', envelope, { code, reason }));
  await pauseAt(acting, 'parking-announced', envelope);
  await changeHead(acting, { kind: 'parked', workflowId, parked });
}

/**
 * To its station; an action that no station consumes parks its workflow there, and never stalls the line. A station that workers have
 * declared is another matter: its queue was deleted, or the broker lost its data, and it is made again for the message to wait in.
 */
export async function handOnOrPark(acting: Acting, envelope: Envelope): Promise<void> {
  if (await tryHandOn(acting, envelope)) return;
  if (await declareKnownStation(acting, envelope.action)) {
    if (await tryHandOn(acting, envelope)) return;
  }
  const reason = describeError('no-station', { action: envelope.action });
  await parkUnperformed(acting, envelope, { kind: 'park', code: 'no-station', reason });
}

/** False: nothing is bound for it. */
async function tryHandOn({ sender }: Acting, envelope: Envelope): Promise<boolean> {
  try {
    await sender.handOn(envelope);
    return true;
  } catch (error) {
    if (!(error instanceof Unavailable) || error.code !== 'publish-unroutable') throw error;
    return false;
  }
}

/** False: no worker has ever hosted the action. */
async function declareKnownStation({ line, right }: Acting, action: string): Promise<boolean> {
  const stations = await untilKnown(() => line.reads.stations(), right);
  if (!stations.some(({ _id, hostedAt }) => _id === action && hostedAt)) return false;
  await untilKnown(() => line.broker.declare(stationTopology(line.namespace, action)), right);
  return true;
}

/**
 * Whoever parked an attempt instead of sending its envelope may have died before the head and the event were written; and no
 * message of that attempt exists whose redelivery would repeat them. So whoever still has the message before it does: when
 * the step that this envelope belongs to stands parked, its parking is followed through.
 */
export async function followIfParked(acting: Acting, envelope: Envelope): Promise<void> {
  const view = await readStep(acting, envelope);
  const last = view.attempts.at(-1);
  if (view.snapshot || last?.fate !== 'parked') return;
  await followPark(acting, { ...envelope, attempt: last.attempt }, parkOf(last), last.settledAt);
}

/** Why an attempt was parked, as its fate tells it. */
export const parkOf = ({ code = 'outcome-unknown', reason = '' }: Attempt): Park => ({ kind: 'park', code, reason });

/** Claims the attempt and settles it as parked in one write; and what follows. */
export async function parkUnperformed(acting: Acting, envelope: Envelope, park: Park): Promise<void> {
  const { line, right } = acting;
  const attempt = newAttempt(acting, envelope);
  const { at } = attempt;
  const parked: Attempt = { ...attempt, fate: 'parked', code: park.code, reason: park.reason, settledAt: at };
  const inserted = await untilKnown(() => line.writes.insertAttempt(parked), right);
  // Somebody took the step after all, and then it is theirs; or parked it, too.
  if (inserted === 'duplicate') return followIfParked(acting, envelope);
  line.metrics.parked(envelope.action, park.code);
  await pauseAt(acting, 'parking-recorded', envelope);
  await followPark(acting, envelope, park, at);
}

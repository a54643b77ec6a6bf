// What the journal says of a workflow, done again: the message that it should have, or its head put right. Anyone may do it at any
// time, any number of times: the journal's keys decide, and copies merge.
import type { Envelope } from '../../contract/envelope.ts';
import { unreachable } from '../../core/unreachable.ts';
import type { HeadChange, Stand } from '../../journal/journal.ts';
import type { Attempt, DefinitionRecord, Head } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { startAnnouncement } from '../announcements.ts';
import { envelopeAt, firstEnvelope } from '../envelopes.ts';
import { followDecided } from '../follow-decided.ts';
import { changeHead } from '../head-change.ts';
import { followPark, handOnOrPark, parkOf } from '../parking.ts';
import { pauseAt } from '../pause-points.ts';
import { untilKnown } from '../right-to-act.ts';
import { tally } from '../step-view.ts';
import type { Due, Judgement } from './judgement.ts';

/** A workflow as it was read. */
export interface Found {
  readonly head: Head;
  readonly stand: Stand;
}

/** Where a message belongs. */
type Place = Pick<Envelope, 'action' | 'state'> & Partial<Pick<Envelope, 'kind' | 'undoes'>>;

/** Notes in the journal that the workflow's message is about to be sent again. False: another process has noted that since the head was read. */
export function markRedriven({ line, right, workerId: by }: Acting, { _id, redriven }: Head): Promise<boolean> {
  const mark = { at: new Date(line.clock.now()), by };
  return untilKnown(() => line.journal.markRedriven(_id, redriven, mark), right);
}

/**
 * Sends the message that a workflow should have. Without its data, which whoever takes it reads from the journal; but of a step that
 * nobody has taken yet the decision before it is followed, since whoever made that may have died before it was announced.
 * @throws Parks when its conditions cannot be evaluated any more
 */
export async function sendDue(acting: Acting, found: Found, due: Due): Promise<void> {
  const { head, stand } = found;
  const { line, sender } = acting;
  if (due.attempt === undefined && stand.last) {
    if (due.action !== undefined) line.metrics.redriven(due.action);
    return followLast(acting, found);
  }
  const record = await findDefinition(acting, head);
  const place = placeOf(found, due, record, line.clock.now());
  if (!place) return;
  const isFirst = stand.last === null && due.attempt === undefined;
  const { step, number } = due;
  if (isFirst && record) {
    await sender.announce(startAnnouncement(head, record.definition));
    await pauseAt(acting, 'start-announced', { workflowId: head._id, step, attempt: number });
  }
  const envelope: Envelope = {
    ...envelopeAt(head, { step, attempt: number, data: undefined, ...place }, line.clock.now()),
    ...place,
    failures: tally({ attempts: stand.attempts, snapshot: null, moved: false }, number - 1).failures,
  };
  line.metrics.redriven(envelope.action);
  await handOnOrPark(acting, envelope);
  await pauseAt(acting, 'message-redriven', envelope);
}

/** Whose station a workflow begins at. Undefined: its definition is not in the journal. @throws Parks */
export async function firstActionOf(acting: Acting, head: Head): Promise<string | undefined> {
  const record = await findDefinition(acting, head);
  return record ? firstEnvelope(head, record.definition, acting.line.clock.now()).action : undefined;
}

/** Undefined: the definition would say it, and is not there. */
function placeOf({ head, stand }: Found, due: Due, record: DefinitionRecord | null, now: number): Place | undefined {
  const { last } = stand;
  if (!last) {
    if (!record) return undefined;
    const { action, state } = firstEnvelope(head, record.definition, now);
    return { action: due.action ?? action, state };
  }
  const { state, next } = last;
  if ('end' in next) return undefined; // then nothing is due
  if ('action' in next) return { action: next.action, state };
  const { compensate: action, step, performed } = next;
  return { kind: 'compensate', action, state, undoes: { step, performed } };
}

/** What follows from the last decision: its event, and the next step's message; or, of an end, its head. */
async function followLast(acting: Acting, { head, stand }: Found): Promise<void> {
  const { line, right } = acting;
  const workflowId = head._id;
  const { last } = stand;
  const snapshot = last && (await untilKnown(() => line.journal.readSnapshot(workflowId, last.step), right));
  if (!snapshot) return; // removed meanwhile
  const { step, attempt, action, state, data, kind } = snapshot;
  const place = envelopeAt(head, { step, attempt, action, state, data }, line.clock.now());
  const envelope: Envelope = { ...place, kind: kind === 'compensate' ? 'compensate' : 'run' };
  const record = await findDefinition(acting, head);
  await followDecided(acting, { envelope, definition: record?.definition ?? null }, snapshot, false);
}

/** Puts the head of a workflow right, where it says less than the journal, or something else. What should be moving is not sent by this. */
export async function putRight(acting: Acting, found: Found, judgement: Judgement): Promise<void> {
  switch (judgement.kind) {
    case 'at-rest':
      return;
    case 'ended':
      return followLast(acting, found);
    case 'parked':
      return followParking(acting, found, judgement.attempt);
    case 'moving':
      for (const change of staleFacts(found)) {
        await changeHead(acting, change);
        await pauseAt(acting, 'head-put-right', { workflowId: found.head._id, step: found.stand.step, attempt: 0 });
      }
      return;
    default:
      return unreachable(judgement);
  }
}

/** The parking that is recorded: its head, and its event. */
async function followParking(acting: Acting, { head, stand }: Found, attempt: Attempt): Promise<void> {
  const { step, action, attempt: number } = attempt;
  const state = stand.last?.state ?? (await findDefinition(acting, head))?.definition.initial ?? '';
  const place = { step, attempt: number, action, state, data: undefined };
  await followPark(acting, envelopeAt(head, place, acting.line.clock.now()), parkOf(attempt), attempt.settledAt);
}

/** What a head says of a workflow that its journal has moved on from. */
function staleFacts({ head, stand }: Found): readonly HeadChange[] {
  const { _id: workflowId, parked, waiting, compensating } = head;
  const { step, last } = stand;
  const fate = stand.attempts.at(-1)?.fate;
  const changes: HeadChange[] = [];
  if (parked && (parked.step !== step || fate !== 'parked')) {
    changes.push({ kind: 'resumed', workflowId, step: parked.step });
  }
  if (waiting && (waiting.step !== step || fate !== 'waiting')) {
    changes.push({ kind: 'waited', workflowId, step: waiting.step });
  }
  // Which step began it may not be said any more; that it has begun is what counts.
  if (last?.undo && !compensating) changes.push({ kind: 'compensating', workflowId, step: last.step });
  return changes;
}

const findDefinition = ({ line, right }: Acting, { workflow, version }: Head): Promise<DefinitionRecord | null> =>
  untilKnown(() => line.definitions.find(workflow, version), right);

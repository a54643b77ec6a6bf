import { eventKeyOf } from '../contract/cloud-event.ts';
import type { IntentRecord } from '../journal/intent-record.ts';
import type { Acting } from './acting.ts';

/** A request to be inserted now, open and pinned to no step; the same `source` and `eventId` again is the same request. */
export const newIntent = (
  { line }: Pick<Acting, 'line'>,
  asked: Pick<IntentRecord, 'workflowId' | 'reason' | 'source' | 'eventId' | 'order'>,
): IntentRecord => ({
  ...asked,
  _id: eventKeyOf(asked.source, asked.eventId),
  requestedAt: new Date(line.clock.now()),
  at: 0,
  state: 'open',
});

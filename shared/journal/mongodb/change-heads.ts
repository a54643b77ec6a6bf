import type { Document } from 'mongodb';
import { unreachable } from '../../core/unreachable.ts';
import type { HeadChange } from '../journal.ts';
import type { Status } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'change-heads';

interface Update {
  readonly q: Document;
  readonly u: Document | readonly Document[];
}

/** The filters carry the rules: what cannot be true of a head does not match it. */
export async function changeHeads(commands: Commands, changes: readonly HeadChange[]): Promise<void> {
  if (changes.length === 0) return;
  const command = { update: COLLECTIONS.heads, updates: changes.map(toUpdate), ordered: false };
  refuseErrors(OPERATION, await commands.write(OPERATION, command));
}

function toUpdate(change: HeadChange): Update {
  const _id = change.workflowId;
  switch (change.kind) {
    case 'ended':
      // Nothing else in the filter: one condition more makes the server plan a query, and this is done for every workflow.
      return { q: { _id }, u: { $set: { status: change.status, endedAt: change.at }, $unset: FACTS_AND_DEADLINE } };
    case 'parked': {
      const { step } = change.parked;
      const q = { _id, ...LIVE, ...notBehind(step), 'compensating.step': { $not: { $gte: step } } };
      return { q, u: [set({ parked: change.parked }), unset('waiting'), STATUS] };
    }
    case 'waiting': {
      const q = { _id, ...LIVE, ...notBehind(change.waiting.step), compensating: ABSENT };
      return { q, u: [set({ waiting: change.waiting }), unset('parked'), STATUS] };
    }
    case 'resumed':
      return { q: { _id, 'parked.step': change.step }, u: [unset('parked'), STATUS] };
    case 'waited':
      return { q: { _id, 'waiting.step': change.step }, u: [unset('waiting'), STATUS] };
    case 'cancelling': {
      const q = { _id, ...LIVE, cancelling: ABSENT, compensating: ABSENT };
      return { q, u: [set({ cancelling: { intent: change.intent, at: change.at } }), STATUS] };
    }
    case 'not-cancelling':
      return { q: { _id, 'cancelling.intent': change.intent }, u: [unset('cancelling'), STATUS] };
    case 'compensating': {
      const { step } = change;
      const q = { _id, ...LIVE, 'compensating.step': { $not: { $gt: step } } };
      const keptParked = { $cond: [{ $gt: ['$parked.step', step] }, '$parked', '$$REMOVE'] };
      const u = [
        set({ compensating: { step } }),
        { $set: { parked: keptParked } },
        unset('waiting', 'cancelling'),
        STATUS,
      ];
      return { q, u };
    }
    case 'deadline-answered':
      return { q: { _id }, u: { $unset: { deadline: '' } } };
    default:
      return unreachable(change);
  }
}

const FACTS_AND_DEADLINE = { parked: '', waiting: '', cancelling: '', compensating: '', deadline: '' };
const ABSENT = { $exists: false };
const LIVE = { endedAt: ABSENT };

/** Where neither a parking nor a wait is at a later step. */
const notBehind = (step: number): Document => ({
  'parked.step': { $not: { $gt: step } },
  'waiting.step': { $not: { $gt: step } },
});

/** As literals: a text that begins with a dollar is not the name of a field. */
const set = (fields: Readonly<Record<string, unknown>>): Document => ({
  $set: Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, { $literal: value }])),
});
const unset = (...fields: readonly string[]): Document => ({ $unset: fields });

/** A missing field is less than null. */
const has = (fact: string): Document => ({ $gt: [`$${fact}`, null] });

/** The status that follows from the facts of a head that has not ended: the first that holds. */
const STATUS: Document = {
  $set: {
    status: firstOf(
      [{ $and: [has('compensating'), { $gt: ['$parked.step', '$compensating.step'] }] }, 'parked'],
      [has('compensating'), 'compensating'],
      [has('cancelling'), 'cancelling'],
      [has('parked'), 'parked'],
      [has('waiting'), 'waiting'],
    ),
  },
};

function firstOf(...cases: readonly (readonly [Document, Status])[]): Document | Status {
  return cases.reduceRight<Document | Status>(
    (otherwise, [holds, status]) => ({ $cond: [holds, status, otherwise] }),
    'running',
  );
}

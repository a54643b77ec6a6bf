// What only this adapter can get wrong: rules that stand in filters and pipelines instead of code, and reads without an index.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { MongoClient } from 'mongodb';
import { applyChange } from '../../shared/journal/in-memory/head-change.ts';
import type { HeadChange } from '../../shared/journal/journal.ts';
import { connectMongoJournal, type MongoJournal } from '../../shared/journal/mongodb/index.ts';
import { SystemClock } from '../../shared/runtime/clock.ts';
import {
  later,
  makeAttempt,
  makeHead,
  makeIntent,
  makeNotification,
  makeSnapshot,
  makeWait,
  newWorkflowId,
} from '../contract/journal/bench.ts';
import { CALLS } from '../contract/journal/calls.ts';
import { namespace, testServers } from '../support/servers.ts';

const clock = new SystemClock();
const database = namespace();
let journal: MongoJournal;
let client: MongoClient;
beforeAll(async () => {
  const { mongodbUrl: url } = testServers();
  journal = await connectMongoJournal({ url, namespace: database, clock });
  client = new MongoClient(url);
});
afterAll(async () => {
  await journal.close();
  await client.close();
});

type Change = HeadChange extends infer One ? (One extends HeadChange ? Omit<One, 'workflowId'> : never) : never;

const step = fc.integer({ min: 1, max: 4 });
const intent = fc.constantFrom('a', 'b');
const change: fc.Arbitrary<Change> = fc.oneof(
  step.map((at) => ({ kind: 'waiting' as const, waiting: { step: at, due: later(at) } })),
  step.map((at) => ({ kind: 'waited' as const, step: at })),
  step.map((at) => ({ kind: 'parked' as const, parked: { step: at, code: 'c', reason: '$r', at: later(at) } })),
  step.map((at) => ({ kind: 'resumed' as const, step: at })),
  intent.map((id) => ({ kind: 'cancelling' as const, intent: id, at: later(1) })),
  intent.map((id) => ({ kind: 'not-cancelling' as const, intent: id })),
  step.map((at) => ({ kind: 'compensating' as const, step: at })),
  fc.constant({ kind: 'deadline-answered' as const }),
  fc.constant({ kind: 'ended' as const, status: 'cancelled' as const, at: later(9) }),
);
const changesOfMany = fc.array(fc.array(change, { maxLength: 12 }), { minLength: 40, maxLength: 60 });

describe('changes of heads in MongoDB', () => {
  it('make of a head what they make of it in memory', async () => {
    await fc.assert(
      fc.asyncProperty(changesOfMany, async (given) => {
        const cases = given.map((changes) => {
          const head = makeHead({ deadline: later(5) });
          return { head, changes: changes.map((one) => ({ ...one, workflowId: head._id })) };
        });
        await journal.insertHeads(cases.map(({ head }) => head));
        await journal.changeHeads(cases.flatMap(({ changes }) => changes));
        for (const { head, changes } of cases) {
          expect(await journal.readHead(head._id)).toEqual(changes.reduce(applyChange, head));
        }
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });
});

describe('what is asked of MongoDB', () => {
  /** Their documents are as few as workers, stations and definitions. */
  const SMALL = ['workers', 'stations', 'definitions', 'meta'];

  it('is found by an index, whatever a method asks', async () => {
    const ids = Array.from({ length: 40 }, newWorkflowId);
    await journal.insertHeads(ids.map((_id) => makeHead({ _id, deadline: later(5) })));
    await journal.insertAttempts(ids.map((id) => makeAttempt(id, 1, 1)));
    await journal.insertSnapshots(ids.map((id) => makeSnapshot(id, 1)));
    await journal.insertWaits(ids.map((id) => makeWait(id, 2)));
    await journal.insertNotifications(ids.map((workflowId) => makeNotification({ workflowId, businessKey: 'k' })));
    await journal.insertIntents(ids.map((id) => makeIntent(id)));
    const db = client.db(database);
    await db.command({ profile: 2 });
    for (const [name, call] of Object.entries(CALLS)) if (name !== 'scanHistories') await call(journal);
    const [id = ''] = ids;
    await journal.findOpenWaits([{ businessKey: `order ${id}` }], 5);
    const keys = ids.map((one) => ({ businessKey: `order ${one}`, notification: 'paid' }));
    await journal.findOpenWaits([...keys, ...ids.map((workflowId) => ({ workflowId }))], 5);
    await journal.findHeadsOf(keys, 5);
    await journal.readCourses(ids);
    await journal.findOverdueWaits(later(9), 5, { _id: `${id}/00001`, due: later(0) });
    for (const filter of [{}, { businessKey: 'k' }, { name: 'n' }, { state: 'kept' as const }, { workflowId: id }]) {
      await journal.findNotifications(filter, 5);
    }
    await journal.insertWaits([makeWait(id, 2, { attempt: 2 })]);
    await journal.changeHeads([{ kind: 'ended', workflowId: id, status: 'failed', at: later(1) }]);
    await journal.removeWorkflows([id]);
    await journal.removeNotifications(later(9), 5);
    await db.command({ profile: 0 });
    const profiled = await db
      .collection('system.profile')
      .find({ planSummary: { $exists: true } })
      .toArray();
    const scans = profiled.filter(({ ns, planSummary }) => {
      const collection = String(ns).slice(database.length + 1);
      return !SMALL.includes(collection) && String(planSummary).includes('COLLSCAN');
    });
    expect(profiled.length).toBeGreaterThan(Object.keys(CALLS).length / 2);
    expect(scans.map(({ ns, command, planSummary }) => JSON.stringify({ ns, command, planSummary }))).toEqual([]);
  });
});

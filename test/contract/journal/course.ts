import { describe, expect, it } from '@jest/globals';
import type { DecidedStep } from '../../../shared/journal/journal.ts';
import type { Snapshot } from '../../../shared/journal/records.ts';
import type { JournalSetup } from '../journal.ts';
import { bench, later, makeAttempt, makeSnapshot, newWorkflowId, readCourse } from './bench.ts';

const withoutData = ({ changes: _changes, data: _data, ...decided }: Snapshot): DecidedStep => decided;

/** What tells where a workflow stands, and how it came there. */
export function courseContract(setup: () => JournalSetup): void {
  describe('findSnapshots', () => {
    const current = bench(setup);

    it('finds those that are decided, of any workflow, each once', async () => {
      const { journal, other } = current();
      const [one, two] = [newWorkflowId(), newWorkflowId()];
      const snapshots = [makeSnapshot(one, 1), makeSnapshot(one, 2), makeSnapshot(two, 1, { data: { $a: 1 } })];
      await journal.insertSnapshots(snapshots);
      const steps = [one, two, newWorkflowId()].flatMap((workflowId) => [1, 2].map((step) => ({ workflowId, step })));
      const found = await other.findSnapshots([...steps, ...steps]);
      expect(found).toHaveLength(3);
      expect(found).toEqual(expect.arrayContaining(snapshots));
      expect(await other.findSnapshots([])).toEqual([]);
    });
  });

  describe('readCourses', () => {
    const current = bench(setup);

    it('has everything but data of a workflow in the order of its history, whether or not it has a head', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const attempts = [1, 2, 10].flatMap((step) => [1, 2].map((attempt) => makeAttempt(id, step, attempt)));
      const snapshots = [1, 2].map((step) => makeSnapshot(id, step));
      await journal.insertAttempts([...attempts.toReversed(), makeAttempt(newWorkflowId(), 1, 1)]);
      await journal.insertSnapshots(snapshots.toReversed());
      expect(await readCourse(other, id)).toEqual({ attempts, snapshots: snapshots.map(withoutData) });
    });

    it('are those of many workflows, in the order given, and empty of one that does not exist', async () => {
      const { journal, other } = current();
      const ids = Array.from({ length: 150 }, newWorkflowId);
      await journal.insertAttempts(ids.map((id) => makeAttempt(id, 1, 1)));
      await journal.insertSnapshots(ids.map((id) => makeSnapshot(id, 1)));
      const asked = [newWorkflowId(), ...ids, ids[0] ?? ''];
      const courses = await other.readCourses(asked);
      expect(courses[0]).toEqual({ attempts: [], snapshots: [] });
      expect(courses.slice(1).map(({ attempts }) => attempts.map(({ _id }) => _id))).toEqual(
        asked.slice(1).map((id) => [`${id}/00001/00001`]),
      );
      expect(courses.slice(1).map(({ snapshots }) => snapshots.map(({ _id }) => _id))).toEqual(
        asked.slice(1).map((id) => [`${id}/00001`]),
      );
      expect(await other.readCourses([])).toEqual([]);
    });

    it('see a fate and a decision that another has just been told of', async () => {
      const { journal, other } = current();
      for (let round = 0; round < 10; round += 1) {
        const attempt = makeAttempt(newWorkflowId(), 1, 1);
        await journal.insertAttempts([attempt]);
        await journal.settleAttempt(attempt._id, { fate: 'withheld', at: later(1) });
        await journal.insertSnapshots([makeSnapshot(attempt.workflowId, 1)]);
        const { attempts, snapshots } = await readCourse(other, attempt.workflowId);
        expect(attempts).toMatchObject([{ fate: 'withheld' }]);
        expect(snapshots).toHaveLength(1);
      }
    });
  });

  describe('readStands', () => {
    const current = bench(setup);

    it('says of each workflow what was decided last, and what was tried since, in the order given', async () => {
      const { journal, other } = current();
      const [fresh, begun, stepped, undone] = Array.from({ length: 4 }, newWorkflowId);
      if (!fresh || !begun || !stepped || !undone) throw new Error('four ids were made');
      const undo = { left: [{ step: 1, action: 'reserve-stock', performed: 'committed' }], end: 'cancelled' } as const;
      const first = makeAttempt(begun, 1, 1);
      const retried = [makeAttempt(stepped, 11, 1, { fate: 'failed', dueAt: later(5) }), makeAttempt(stepped, 11, 2)];
      await journal.insertAttempts([first, makeAttempt(stepped, 9, 1), ...retried.toReversed()]);
      await journal.insertSnapshots([
        makeSnapshot(stepped, 9),
        makeSnapshot(stepped, 10, { state: 'ten', at: later(3) }),
      ]);
      await journal.insertSnapshots([makeSnapshot(undone, 1), makeSnapshot(undone, 2, { kind: 'cancel', undo })]);
      const { next } = makeSnapshot(undone, 1);
      expect(await other.readStands([stepped, fresh, undone, begun])).toEqual([
        {
          workflowId: stepped,
          step: 11,
          last: { step: 10, kind: 'run', state: 'ten', next, at: later(3) },
          attempts: retried,
        },
        { workflowId: fresh, step: 1, last: null, attempts: [] },
        {
          workflowId: undone,
          step: 3,
          last: { step: 2, kind: 'cancel', state: 'reserved', next, at: later(0), undo },
          attempts: [],
        },
        { workflowId: begun, step: 1, last: null, attempts: [first] },
      ]);
    });

    it('answers for many and for none', async () => {
      const { journal } = current();
      const snapshots = Array.from({ length: 150 }, () => makeSnapshot(newWorkflowId(), 1));
      await journal.insertSnapshots(snapshots);
      const stands = await journal.readStands(snapshots.map(({ workflowId }) => workflowId));
      expect(stands.map(({ step }) => step)).toEqual(snapshots.map(() => 2));
      expect(await journal.readStands([])).toEqual([]);
    });
  });

  describe('findUsedNotifications', () => {
    const current = bench(setup);

    it('has those that snapshots of this workflow name, with their steps', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      await journal.insertSnapshots([
        makeSnapshot(id, 1),
        makeSnapshot(id, 2, { notification: 'a', by: 'notification', token: 't' }),
        makeSnapshot(id, 4, { notification: 'b', by: 'notification', token: 't' }),
        makeSnapshot(newWorkflowId(), 3, { notification: 'c', by: 'notification', token: 't' }),
      ]);
      expect(await other.findUsedNotifications(id)).toEqual(
        new Map([
          ['a', 2],
          ['b', 4],
        ]),
      );
      expect(await other.findUsedNotifications(newWorkflowId())).toEqual(new Map());
    });
  });
}

import { describe, expect, it } from '@jest/globals';
import { snapshotId } from '../../../shared/core/names.ts';
import type { WorkflowHistory } from '../../../shared/journal/records.ts';
import type { JournalSetup } from '../journal.ts';
import { bench, later, makeAttempt, makeHead, makeSnapshot, newName, newWorkflowId } from './bench.ts';

const EMPTY = { attempts: [], snapshot: null, moved: false };

export function readContract(setup: () => JournalSetup): void {
  describe('readStep', () => {
    const current = bench(setup);

    it('has the attempts of that step by number, its snapshot, and whether the next has begun', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const attempts = [1, 2, 10, 11].map((number) => makeAttempt(id, 1, number));
      await journal.insertAttempts(attempts.toReversed());
      expect(await other.readStep(id, 1)).toEqual({ attempts, snapshot: null, moved: false });
      const snapshot = makeSnapshot(id, 1);
      await journal.insertSnapshots([snapshot]);
      expect(await other.readStep(id, 1)).toEqual({ attempts, snapshot, moved: false });
      await journal.insertAttempts([makeAttempt(id, 2, 1)]);
      expect(await other.readStep(id, 1)).toEqual({ attempts, snapshot, moved: true });
    });

    it('has nothing of other steps and other workflows', async () => {
      const { journal } = current();
      const [id, neighbour] = [newWorkflowId(), newWorkflowId()].sort();
      if (!id || !neighbour) throw new Error('two ids were made');
      const steps = [1, 9, 10, 11, 99, 100, 101];
      await journal.insertAttempts(steps.map((step) => makeAttempt(neighbour, step, 1)));
      await journal.insertAttempts([makeAttempt(id, 9, 1), makeAttempt(id, 9, 2), makeAttempt(id, 100, 1)]);
      await journal.insertSnapshots([makeSnapshot(id, 9), makeSnapshot(neighbour, 10)]);
      expect(await journal.readStep(id, 10)).toEqual(EMPTY);
      expect(await journal.readStep(id, 100)).toMatchObject({ attempts: [{ step: 100 }], moved: false });
      expect(await journal.readStep(id, 99)).toEqual({ attempts: [], snapshot: null, moved: true });
    });

    it('is empty of a workflow that does not exist', async () => {
      expect(await current().journal.readStep(newWorkflowId(), 1)).toEqual(EMPTY);
    });
  });

  describe('readSnapshot', () => {
    const current = bench(setup);

    it('sees what another has just been told is written', async () => {
      const { journal, other } = current();
      for (let step = 1; step <= 10; step += 1) {
        const snapshot = makeSnapshot(newWorkflowId(), step);
        await journal.insertSnapshots([snapshot]);
        expect(await other.readSnapshot(snapshot.workflowId, step)).toEqual(snapshot);
      }
    });

    it('is null where no step was decided', async () => {
      const { journal } = current();
      const id = newWorkflowId();
      await journal.insertSnapshots([makeSnapshot(id, 1)]);
      expect(await journal.readSnapshot(id, 2)).toBeNull();
    });
  });

  describe('findAttempted', () => {
    const current = bench(setup);

    it('names those of the steps that have any attempt', async () => {
      const { journal, other } = current();
      const [begun, retried, idle] = [newWorkflowId(), newWorkflowId(), newWorkflowId()];
      await journal.insertAttempts([makeAttempt(begun, 1, 1), makeAttempt(retried, 2, 1), makeAttempt(retried, 2, 2)]);
      const attempted = await other.findAttempted([
        ...[begun, retried, idle].flatMap((workflowId) => [1, 2].map((step) => ({ workflowId, step }))),
        { workflowId: begun, step: 1 },
      ]);
      expect(attempted).toEqual(new Set([snapshotId(begun, 1), snapshotId(retried, 2)]));
    });

    it('answers for many and for none', async () => {
      const { journal } = current();
      const attempts = Array.from({ length: 150 }, () => makeAttempt(newWorkflowId(), 1, 1));
      await journal.insertAttempts(attempts);
      expect((await journal.findAttempted(attempts)).size).toBe(150);
      expect(await journal.findAttempted([])).toEqual(new Set());
    });
  });

  describe('readHead and readHistory', () => {
    const current = bench(setup);

    it('are null of a workflow that does not exist', async () => {
      const { journal } = current();
      expect(await journal.readHead(newWorkflowId())).toBeNull();
      expect(await journal.readHistory(newWorkflowId())).toBeNull();
    });

    it('readHistory has the head and everything of it, in the order of its history', async () => {
      const { journal, other } = current();
      const history = makeHistory(12);
      await journal.insertHeads([history.head]);
      await journal.insertSnapshots(history.snapshots.toReversed());
      await journal.insertAttempts(history.attempts.toReversed());
      await journal.insertAttempts([makeAttempt(newWorkflowId(), 1, 1)]);
      expect(await other.readHistory(history.head._id)).toEqual(history);
    });
  });

  describe('findHeads', () => {
    const current = bench(setup);

    it('finds by workflow, status and business key, alone and together, newest first, up to the limit', async () => {
      const { journal, other } = current();
      const [workflow, otherWorkflow, businessKey] = [newName(), newName(), `key ${newName()}`];
      const heads = Array.from({ length: 12 }, (_, index) =>
        makeHead({
          workflow: index % 2 ? workflow : otherWorkflow,
          startedAt: later(index),
          ...(index % 3 ? { businessKey } : {}),
        }),
      );
      await journal.insertHeads(heads.toSorted((a, b) => (a._id < b._id ? -1 : 1)));
      const ids = (indexes: number[]) => indexes.map((index) => heads[index]?._id);
      const at = { step: 1, code: 'no-station', reason: '', at: later(1) };
      const isParked = (index: number) => index % 4 === 1;
      const changed = heads.flatMap(({ _id: workflowId }, index) =>
        isParked(index) ? [{ kind: 'parked', workflowId, parked: at } as const] : [],
      );
      await journal.changeHeads(changed);
      const found = async (...[filter, limit]: Parameters<typeof other.findHeads>) =>
        (await other.findHeads(filter, limit)).map(({ _id }) => _id);
      expect(await found({ workflow }, 100)).toEqual(ids([11, 9, 7, 5, 3, 1]));
      expect(await found({ workflow }, 2)).toEqual(ids([11, 9]));
      expect(await found({ businessKey }, 100)).toEqual(ids([11, 10, 8, 7, 5, 4, 2, 1]));
      expect(await found({ workflow, status: 'parked' }, 100)).toEqual(ids([9, 5, 1]));
      expect(await found({ workflow, status: 'running' }, 100)).toEqual(ids([11, 7, 3]));
      expect(await found({ businessKey, status: 'parked' }, 100)).toEqual(ids([5, 1]));
      expect(await found({ workflow, businessKey, status: 'running' }, 1)).toEqual(ids([11]));
      expect(await found({ workflow: newName() }, 100)).toEqual([]);
      expect(await found({ workflow }, 0)).toEqual([]);
      const parked = await other.findHeads({ status: 'parked' }, 1_000);
      expect(parked.map(({ _id }) => _id)).toEqual(expect.arrayContaining(ids([9, 5, 1])));
      expect(parked.every(({ status }) => status === 'parked')).toBe(true);
      const all = await other.findHeads({}, 1_000);
      expect(all.map(({ _id }) => _id)).toEqual(expect.arrayContaining(ids([0, 1, 2, 3])));
      expect(all.map(({ startedAt }) => startedAt)).toEqual(
        all.map(({ startedAt }) => startedAt).toSorted((a, b) => b.getTime() - a.getTime()),
      );
    });

    it('gives back whole heads', async () => {
      const { journal } = current();
      const head = makeHead();
      await journal.insertHeads([head]);
      expect(await journal.findHeads({ businessKey: head.businessKey }, 5)).toEqual([head]);
    });
  });

  describe('scanHistories', () => {
    const current = bench(setup);

    it('has every workflow once, ordered by id, each whole', async () => {
      const { journal, other } = current();
      const histories = Array.from({ length: 130 }, (_, index) => makeHistory(index % 4));
      await journal.insertHeads(histories.map(({ head }) => head));
      await journal.insertAttempts(histories.flatMap(({ attempts }) => attempts));
      await journal.insertSnapshots(histories.flatMap(({ snapshots }) => snapshots));
      const scanned: WorkflowHistory[] = [];
      for await (const history of other.scanHistories()) scanned.push(history);
      const ids = scanned.map(({ head }) => head._id);
      expect(ids).toEqual([...new Set(ids)].sort());
      const found = new Map(scanned.map((history) => [history.head._id, history]));
      for (const history of histories) expect(found.get(history.head._id)).toEqual(history);
    });

    it('may be left in the middle', async () => {
      const { journal } = current();
      await journal.insertHeads([makeHead(), makeHead()]);
      let seen = 0;
      for await (const _ of journal.scanHistories()) {
        seen += 1;
        break;
      }
      expect(seen).toBe(1);
      await journal.ping();
    });
  });
}

/** A workflow with this many decided steps, of which every third took two attempts, and one more begun. */
function makeHistory(steps: number): WorkflowHistory {
  const head = makeHead();
  const numbers = Array.from({ length: steps }, (_, index) => index + 1);
  const attemptsOf = (step: number) => (step % 3 === 0 ? [1, 2] : [1]);
  return {
    head,
    attempts: [...numbers, steps + 1].flatMap((step) =>
      attemptsOf(step).map((number) => makeAttempt(head._id, step, number)),
    ),
    snapshots: numbers.map((step) => makeSnapshot(head._id, step, { attempt: attemptsOf(step).length })),
  };
}

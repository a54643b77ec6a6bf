import { describe, expect, it } from '@jest/globals';
import type { HeadChange, Journal } from '../../../shared/journal/journal.ts';
import type { Head } from '../../../shared/journal/records.ts';
import type { JournalSetup } from '../journal.ts';
import { bench, later, makeHead, newName, newWorkflowId } from './bench.ts';

const parkedAt = (step: number, reason = '') => ({ step, code: 'retries-exhausted', reason, at: later(step) });

const ended = (workflowId: string, status: 'succeeded' | 'failed' = 'succeeded'): HeadChange => ({
  kind: 'ended',
  workflowId,
  status,
  at: later(99),
});
const parked = (workflowId: string, step: number, reason?: string): HeadChange => ({
  kind: 'parked',
  workflowId,
  parked: parkedAt(step, reason),
});
const resumed = (workflowId: string, step: number): HeadChange => ({ kind: 'resumed', workflowId, step });

export function headsContract(setup: () => JournalSetup): void {
  describe('changeHeads', () => {
    const current = bench(setup);

    /** A head after these changes, one call each. */
    const after = async (journal: Journal, changes: (id: string) => HeadChange[]): Promise<[Head, Head | null]> => {
      const head = makeHead();
      await journal.insertHeads([head]);
      for (const change of changes(head._id)) await journal.changeHeads([change]);
      return [head, await journal.readHead(head._id)];
    };

    it('ends a workflow', async () => {
      const [head, now] = await after(current().journal, (id) => [ended(id, 'failed')]);
      expect(now).toEqual({ ...head, status: 'failed', endedAt: later(99) });
    });

    it('parks a workflow', async () => {
      const [head, now] = await after(current().journal, (id) => [parked(id, 2, 'why')]);
      expect(now).toEqual({ ...head, status: 'parked', parked: parkedAt(2, 'why') });
    });

    it('takes a parked workflow up again', async () => {
      const [head, now] = await after(current().journal, (id) => [parked(id, 2), resumed(id, 2)]);
      expect(now).toEqual(head);
    });

    it('ends a parked workflow: its journal has moved on', async () => {
      const [head, now] = await after(current().journal, (id) => [parked(id, 2), ended(id)]);
      expect(now).toEqual({ ...head, status: 'succeeded', endedAt: later(99) });
    });

    it.each<[string, (id: string) => HeadChange[]]>([
      ['being parked', (id) => [ended(id), parked(id, 7)]],
      ['being resumed', (id) => [parked(id, 2), ended(id), resumed(id, 2)]],
      ['ending again', (id) => [ended(id), ended(id)]],
    ])('lets an end stand against %s', async (_, changes) => {
      const [head, now] = await after(current().journal, changes);
      expect(now).toEqual({ ...head, status: 'succeeded', endedAt: later(99) });
    });

    it('parks at a later step, not at an earlier one', async () => {
      const { journal } = current();
      const [head, now] = await after(journal, (id) => [parked(id, 3), parked(id, 2), parked(id, 4), parked(id, 1)]);
      expect(now).toEqual({ ...head, status: 'parked', parked: parkedAt(4) });
    });

    it('parks at the same step with the later reason', async () => {
      const [, now] = await after(current().journal, (id) => [parked(id, 3, 'first'), parked(id, 3, 'second')]);
      expect(now?.parked?.reason).toBe('second');
    });

    it('resumes at that very step only', async () => {
      const { journal } = current();
      const [head, now] = await after(journal, (id) => [parked(id, 3), resumed(id, 2), resumed(id, 4)]);
      expect(now).toEqual({ ...head, status: 'parked', parked: parkedAt(3) });
    });

    it('resumes nothing that is not parked', async () => {
      const [head, now] = await after(current().journal, (id) => [resumed(id, 1)]);
      expect(now).toEqual(head);
    });

    it('passes over what does not apply, and over heads that do not exist', async () => {
      const { journal } = current();
      const head = makeHead();
      await journal.insertHeads([head]);
      const nobody = newWorkflowId();
      await journal.changeHeads([resumed(head._id, 1), ended(nobody), parked(nobody, 1), ended(head._id)]);
      expect(await journal.readHead(head._id)).toMatchObject({ status: 'succeeded' });
      expect(await journal.readHead(nobody)).toBeNull();
    });

    it('takes several changes of one workflow in their order', async () => {
      const { journal } = current();
      const head = makeHead();
      await journal.insertHeads([head]);
      await journal.changeHeads([parked(head._id, 1), resumed(head._id, 1), parked(head._id, 2)]);
      expect(await journal.readHead(head._id)).toEqual({ ...head, status: 'parked', parked: parkedAt(2) });
    });

    it('changes many at once, and takes none', async () => {
      const { journal } = current();
      const heads = Array.from({ length: 150 }, () => makeHead());
      await journal.insertHeads(heads);
      await journal.changeHeads([]);
      await journal.changeHeads(heads.map(({ _id }, index) => (index % 3 ? ended(_id) : parked(_id, 1))));
      const statuses = await Promise.all(heads.map(async ({ _id }) => (await journal.readHead(_id))?.status));
      expect(statuses).toEqual(heads.map((_, index) => (index % 3 ? 'succeeded' : 'parked')));
    });

    it('lets the end stand when a parking comes at the same moment', async () => {
      const { journal, other } = current();
      const heads = Array.from({ length: 20 }, () => makeHead());
      await journal.insertHeads(heads);
      await Promise.all(
        heads.flatMap(({ _id }) => [journal.changeHeads([ended(_id)]), other.changeHeads([parked(_id, 1)])]),
      );
      for (const { _id } of heads) {
        expect(await journal.readHead(_id)).not.toHaveProperty('parked');
        expect(await journal.readHead(_id)).toHaveProperty('status', 'succeeded');
      }
    });
  });

  describe('heads of many workflows', () => {
    const current = bench(setup);

    it('are read by their ids in the order given, whatever their inputs hold', async () => {
      const { journal, other } = current();
      const heads = [makeHead({ input: { $set: { 'a.b': [1] } } }), makeHead(), makeHead()];
      await journal.insertHeads(heads);
      const ids = heads.map(({ _id }) => _id);
      const asked = [...ids.toReversed(), newWorkflowId(), ids[0] ?? ''];
      expect(await other.readHeads(asked)).toEqual([...heads.toReversed(), null, heads[0]]);
      expect(await other.readHeads([])).toEqual([]);
    });

    it('are found by their business keys, each key by itself, newest first, up to the limit', async () => {
      const { journal, other } = current();
      const [one, two] = [newName(), newName()];
      const made = [1, 2, 3].map((ms) => makeHead({ businessKey: one, startedAt: later(ms) }));
      const foreign = makeHead({ businessKey: two, workflow: 'refund' });
      await journal.insertHeads([...made, foreign, makeHead()]);
      const [first, second, third] = made;
      const { workflow } = makeHead();
      const keys = [
        { businessKey: two },
        { businessKey: one },
        { businessKey: two, workflow },
        { businessKey: newName() },
      ];
      expect(await other.findHeadsOf(keys, 9)).toEqual([[foreign], [third, second, first], [], []]);
      // One key has more than its share.
      expect(await other.findHeadsOf(keys.slice(0, 3), 1)).toEqual([[foreign], [third], []]);
      expect(await other.findHeadsOf(keys.slice(0, 1), 0)).toEqual([[]]);
      expect(await other.findHeadsOf([], 9)).toEqual([]);
    });
  });
}

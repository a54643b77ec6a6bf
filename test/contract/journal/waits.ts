import { describe, expect, it } from '@jest/globals';
import type { WaitFilter, WaitPlace } from '../../../shared/journal/journal.ts';
import type { WaitRecord } from '../../../shared/journal/wait-records.ts';
import type { JournalSetup } from '../journal.ts';
import { bench, later, makeWait, newName, newWorkflowId } from './bench.ts';

const advanceOf = ({ _id, attempt, ticket }: WaitRecord, ms: number) => ({ _id, attempt, ticket, due: later(ms) });

export function waitsContract(setup: () => JournalSetup): void {
  describe('waits', () => {
    const current = bench(setup);
    const read = async ({ _id }: WaitRecord) => (await current().other.readWaits([_id]))[0];

    it('are kept whole', async () => {
      const { journal, other } = current();
      const { notification, due, ...bare } = makeWait(newWorkflowId(), 1);
      const waits = [makeWait(newWorkflowId(), 3, { until: later(9), otherwise: 'unpaid', pollAfterMs: 5 }), bare];
      expect(notification ?? due).toBeDefined();
      expect(await journal.insertWaits(waits)).toEqual(waits);
      const unknown = makeWait(newWorkflowId(), 1)._id;
      expect(await other.readWaits([bare._id, unknown, waits[0]?._id ?? ''])).toEqual([bare, null, waits[0]]);
    });

    it('stand as they are when they are inserted again, with what became of them', async () => {
      const { journal, other } = current();
      const wait = makeWait(newWorkflowId(), 1);
      await journal.insertWaits([wait]);
      const [advanced] = await journal.advanceWaits([advanceOf(wait, 5)]);
      await journal.markTickets([{ ...wait, ticket: 2 }]);
      const fresh = makeWait(newWorkflowId(), 1);
      expect(await other.insertWaits([fresh, { ...wait, at: later(3) }])).toEqual([
        fresh,
        { ...advanced, published: true },
      ]);
    });

    it('of a later attempt replace those of an earlier one, never the other way round', async () => {
      const { journal, other } = current();
      const early = makeWait(newWorkflowId(), 1, { open: false, ticket: 7 });
      const { due: _, ...late } = { ...early, attempt: 4, open: true, ticket: 1 };
      await journal.insertWaits([early]);
      expect(await other.insertWaits([late])).toEqual([late]);
      expect(await journal.insertWaits([early])).toEqual([late]);
      expect(await read(early)).toEqual(late);
      await journal.closeWaits([early]);
      await journal.markTickets([early]);
      expect(await journal.advanceWaits([advanceOf({ ...early, ticket: 1 }, 5)])).toEqual([late]);
    });

    it('are begun once when several try at the same time', async () => {
      const { journal, other } = current();
      const waits = Array.from({ length: 10 }, () => makeWait(newWorkflowId(), 1));
      const stand = await Promise.all([
        journal.insertWaits(waits),
        other.insertWaits(waits.map((wait) => ({ ...wait, at: later(1) }))),
      ]);
      expect(stand[0]).toEqual(stand[1]);
    });

    it('advance from one ticket to the next, which is not published', async () => {
      const { journal } = current();
      const wait = makeWait(newWorkflowId(), 1, { published: true });
      await journal.insertWaits([wait]);
      const stands = { ...wait, ticket: 2, due: later(5), published: false, polls: 1 };
      expect(await journal.advanceWaits([advanceOf(wait, 5)])).toEqual([stands]);
      expect(await read(wait)).toEqual(stands);
    });

    it('advance once from a ticket, whoever does it, and say what stands', async () => {
      const { journal, other } = current();
      const wait = makeWait(newWorkflowId(), 1);
      await journal.insertWaits([wait]);
      const polls = Array.from({ length: 8 }, (_, index) =>
        (index % 2 ? journal : other).advanceWaits([advanceOf(wait, index)]),
      );
      const results = (await Promise.all(polls)).flat();
      const stands = await read(wait);
      expect(stands).toMatchObject({ ticket: 2, polls: 1 });
      expect(results).toEqual(results.map(() => stands));
    });

    it('do not advance once they are closed, or from another ticket; unknown ones are null', async () => {
      const { journal } = current();
      const [closed, other] = [makeWait(newWorkflowId(), 1, { open: false }), makeWait(newWorkflowId(), 1)];
      await journal.insertWaits([closed, other]);
      const unknown = makeWait(newWorkflowId(), 1);
      const asked = [advanceOf(closed, 5), advanceOf({ ...other, ticket: 2 }, 5), advanceOf(unknown, 5)];
      expect(await journal.advanceWaits(asked)).toEqual([closed, other, null]);
    });

    it('have the ticket marked that counts, and no other', async () => {
      const { journal } = current();
      const wait = makeWait(newWorkflowId(), 1);
      await journal.insertWaits([wait]);
      await journal.markTickets([{ ...wait, ticket: 2 }]);
      expect(await read(wait)).toEqual(wait);
      await journal.markTickets([wait, wait]);
      expect(await read(wait)).toEqual({ ...wait, published: true });
    });

    it('take batches, also empty ones', async () => {
      const { journal } = current();
      const waits = Array.from({ length: 150 }, () => makeWait(newWorkflowId(), 1));
      expect(await journal.insertWaits(waits)).toEqual(waits);
      const advanced = await journal.advanceWaits(waits.map((wait) => advanceOf(wait, 5)));
      expect(advanced.map((wait) => wait?.ticket)).toEqual(waits.map(() => 2));
      await journal.markTickets(waits.map((wait) => ({ ...wait, ticket: 2 })));
      await journal.closeWaits(waits);
      const stand = await journal.readWaits(waits.map(({ _id }) => _id));
      expect(stand.every((wait) => wait?.published === true && !wait.open)).toBe(true);
      for (const none of [journal.insertWaits([]), journal.advanceWaits([]), journal.readWaits([])]) {
        expect(await none).toEqual([]);
      }
      await journal.markTickets([]);
      await journal.closeWaits([]);
    });

    it('that are overdue are found by their time, then by id, in pages', async () => {
      const { journal, other } = current();
      const long = (ms: number): Date => new Date(Date.UTC(1980, 0, 1) + ms);
      const waits = [5, 3, 3, 3, 9, 1].map((ms) => makeWait(newWorkflowId(), 1, { due: long(ms) }));
      const { due: _, ...timeless } = makeWait(newWorkflowId(), 1);
      await journal.insertWaits([...waits, timeless, makeWait(newWorkflowId(), 1, { due: long(2), open: false })]);
      const byPlace = waits
        .filter(({ due }) => due && due < long(9))
        .sort((a, b) => (a.due?.getTime() ?? 0) - (b.due?.getTime() ?? 0) || (a._id < b._id ? -1 : 1));
      for (const limit of [1, 2, 100]) {
        const found: WaitRecord[] = [];
        for (let after: WaitPlace | undefined; ; ) {
          const page = await other.findOverdueWaits(long(9), limit, after);
          found.push(...page);
          const { _id, due } = page.at(-1) ?? {};
          if (page.length < limit || !_id || !due) break;
          after = { _id, due };
        }
        expect(found).toEqual(byPlace);
      }
      expect(await other.findOverdueWaits(long(9), 0)).toEqual([]);
      await journal.closeWaits(waits);
      expect(await other.findOverdueWaits(long(9), 100)).toEqual([]);
    });

    it('that are open are found by workflow, and by business key with their notification or near misses', async () => {
      const { journal, other } = current();
      const [businessKey, workflow, workflowId] = [newName(), newName(), newWorkflowId()];
      const [paid, shipped, foreign] = [
        makeWait(newWorkflowId(), 1, { businessKey, workflow, notification: 'paid' }),
        makeWait(newWorkflowId(), 2, { businessKey, notification: 'shipped' }),
        makeWait(newWorkflowId(), 2, { notification: 'paid' }),
      ];
      const { notification: _, ...timer } = makeWait(workflowId, 12, { businessKey });
      const closed = makeWait(newWorkflowId(), 1, { businessKey, notification: 'paid', open: false });
      const past = makeWait(workflowId, 11, { businessKey, open: false });
      await journal.insertWaits([paid, shipped, foreign, timer, closed, past]);
      const byId = [paid, shipped].sort((a, b) => (a._id < b._id ? -1 : 1));
      const found = async (filter: WaitFilter, limit: number) =>
        (await other.findOpenWaits([filter], limit)).flat().toSorted((a, b) => (a._id < b._id ? -1 : 1));
      expect(await found({ workflowId }, 9)).toEqual([timer]);
      expect(await found({ businessKey, notification: 'paid' }, 9)).toEqual([paid]);
      expect(await found({ businessKey }, 9)).toEqual(byId);
      expect(await found({ businessKey, workflow }, 9)).toEqual([paid]);
      expect(await found({ businessKey, notification: 'other' }, 9)).toEqual([]);
      expect(await found({ businessKey }, 1)).toHaveLength(1);
      expect(await found({ businessKey }, 0)).toEqual([]);
      const filters = [
        { businessKey, notification: 'paid' },
        { workflowId },
        { businessKey },
        { businessKey: newName() },
        { businessKey, workflow, notification: 'shipped' },
        { workflowId: newWorkflowId() },
      ];
      const each = await other.findOpenWaits(filters, 9);
      expect(each.map((waits) => waits.toSorted((a, b) => (a._id < b._id ? -1 : 1)))).toEqual([
        [paid],
        [timer],
        byId,
        [],
        [],
        [],
      ]);
      expect((await other.findOpenWaits(filters, 1)).map(({ length }) => length)).toEqual([1, 1, 1, 0, 0, 0]);
      expect(await other.findOpenWaits([], 1)).toEqual([]);
    });

    it('that are open are counted', async () => {
      const { journal, other } = current();
      const before = await other.countOpenWaits();
      const waits = [1, 2, 3].map((step) => makeWait(newWorkflowId(), step));
      const { due: _, ...timeless } = makeWait(newWorkflowId(), 1);
      await journal.insertWaits([...waits, timeless]);
      await journal.closeWaits(waits.slice(0, 1));
      expect(await other.countOpenWaits()).toBe(before + 3);
    });
  });
}

import { describe, expect, it } from '@jest/globals';
import type { JournalSetup } from '../journal.ts';
import { bench, closeIntent, insertIntent, later, makeIntent, newWorkflowId, pinIntent } from './bench.ts';

const REFUSED = { kind: 'refused', state: 'shipped', reason: '$too late for that' } as const;

export function intentsContract(setup: () => JournalSetup): void {
  describe('intents', () => {
    const current = bench(setup);
    const open = async (workflowId = newWorkflowId()) => insertIntent(current().journal, makeIntent(workflowId));
    /** So that no other test meets them among the open ones. */
    const close = async (id: string, at: number) =>
      void (await closeIntent(current().journal, id, at, REFUSED, later(9)));

    it('are kept whole', async () => {
      const { journal, other } = current();
      const intent = makeIntent(newWorkflowId());
      expect(await insertIntent(journal, intent)).toEqual(intent);
      expect(await other.readIntent(intent._id)).toEqual(intent);
      expect(await other.readIntent(newWorkflowId())).toBeNull();
      await close(intent._id, 0);
    });

    it('stand as they are when they are requested again, with their answer', async () => {
      const { journal, other } = current();
      const intent = await open();
      await pinIntent(journal, intent._id, 0, 3);
      expect(await insertIntent(other, { ...intent, requestedAt: later(5) })).toEqual({ ...intent, at: 3 });
      const closed = { at: 3, state: 'closed', answer: { kind: 'accepted' }, closedAt: later(7) };
      expect(await closeIntent(journal, intent._id, 3, { kind: 'accepted' }, later(7))).toEqual(closed);
      expect(await insertIntent(other, intent)).toEqual({ ...intent, ...closed });
    });

    it('are pinned from the step that was read, and from no other', async () => {
      const { journal, other } = current();
      const intent = await open();
      expect(await pinIntent(journal, intent._id, 0, 2)).toEqual({ state: 'open', at: 2 });
      expect(await pinIntent(other, intent._id, 0, 3)).toEqual({ state: 'open', at: 2 });
      expect(await pinIntent(other, intent._id, 2, 2)).toEqual({ state: 'open', at: 2 });
      expect(await pinIntent(other, intent._id, 2, 5)).toEqual({ state: 'open', at: 5 });
      expect(await pinIntent(journal, newWorkflowId(), 0, 1)).toBeNull();
      await close(intent._id, 5);
    });

    it('are answered at the step that was read, and not when they were pinned meanwhile', async () => {
      const { journal, other } = current();
      const intent = await open();
      await pinIntent(journal, intent._id, 0, 4);
      expect(await closeIntent(other, intent._id, 0, REFUSED, later(7))).toEqual({ state: 'open', at: 4 });
      const closed = { at: 4, state: 'closed', answer: REFUSED, closedAt: later(8) };
      expect(await closeIntent(other, intent._id, 4, REFUSED, later(8))).toEqual(closed);
      expect(await closeIntent(journal, newWorkflowId(), 0, REFUSED, later(8))).toBeNull();
    });

    it('have one answer: the first stands, and nothing is pinned after it', async () => {
      const { journal, other } = current();
      const intent = await open();
      const answers = [{ kind: 'accepted' }, REFUSED, { kind: 'too-late', status: 'failed' }] as const;
      const closing = Array.from({ length: 9 }, (_, index) =>
        closeIntent(index % 2 ? journal : other, intent._id, 0, answers[index % 3] ?? REFUSED, later(index)),
      );
      const results = await Promise.all(closing);
      expect(results[0]).toMatchObject({ state: 'closed', answer: { kind: expect.any(String) } });
      expect(results).toEqual(results.map(() => results[0]));
      expect(await pinIntent(journal, intent._id, 0, 2)).toEqual(results[0]);
    });

    it('are changed in batches, each by what it says, and told what stands of each', async () => {
      const { journal } = current();
      const [one, two, three] = await Promise.all([open(), open(), open()]);
      await pinIntent(journal, two._id, 0, 7);
      const pins = [one, two, three, { _id: newWorkflowId() }].map(({ _id: id }) => ({ id, atAsRead: 0, at: 2 }));
      const [first, second, third, fourth] = await journal.pinIntents([...pins, ...pins.slice(0, 1)]);
      expect([first, second, third, fourth]).toEqual([
        { state: 'open', at: 2 },
        { state: 'open', at: 7 },
        { state: 'open', at: 2 },
        null,
      ]);
      const answers = [one, three].map(({ _id: id }, index) => ({
        id,
        atAsRead: 2,
        answer: index === 0 ? REFUSED : ({ kind: 'accepted' } as const),
        closedAt: later(index),
      }));
      expect(await journal.closeIntents(answers)).toEqual(
        answers.map(({ answer, closedAt }) => ({ state: 'closed', at: 2, answer, closedAt })),
      );
      expect(await journal.insertIntents([])).toEqual([]);
      expect(await journal.pinIntents([])).toEqual([]);
      expect(await journal.closeIntents([])).toEqual([]);
      await close(two._id, 7);
    });

    it('are either pinned or answered when both come at once, never both', async () => {
      const { journal, other } = current();
      for (let round = 0; round < 10; round += 1) {
        const intent = await open();
        const [pinned, closed] = await Promise.all([
          pinIntent(journal, intent._id, 0, 2),
          closeIntent(other, intent._id, 0, REFUSED, later(9)),
        ]);
        expect(pinned).toEqual(closed);
        expect(pinned?.at === 2).toBe(pinned?.state === 'open');
        await close(intent._id, 2);
      }
    });

    it('are listed while they are open, the oldest first, up to the limit', async () => {
      const { journal, other } = current();
      const made = [3, 1, 2].map((ms) => makeIntent(newWorkflowId(), { requestedAt: later(ms) }));
      for (const intent of made) await insertIntent(journal, intent);
      const mine = new Set(made.map(({ _id }) => _id));
      const listed = async () => (await other.openIntents(1_000)).filter(({ _id }) => mine.has(_id));
      const [third, first, second] = made;
      expect(await listed()).toEqual([first, second, third]);
      expect(await other.openIntents(2)).toHaveLength(2);
      expect(await other.openIntents(0)).toEqual([]);
      await close(first?._id ?? '', 0);
      expect(await listed()).toEqual([second, third]);
      for (const { _id } of made) await close(_id, 0);
      expect(await listed()).toEqual([]);
    });

    it('are all listed, however many are open', async () => {
      const { journal } = current();
      const made = Array.from({ length: 150 }, () => makeIntent(newWorkflowId()));
      await Promise.all(made.map((intent) => insertIntent(journal, intent)));
      const listed = new Set((await journal.openIntents(1_000)).map(({ _id }) => _id));
      expect(made.filter(({ _id }) => !listed.has(_id))).toEqual([]);
      await Promise.all(made.map(({ _id }) => close(_id, 0)));
    });

    it('of some workflows are found, the newest first, open or not', async () => {
      const { journal, other } = current();
      const workflowId = newWorkflowId();
      const made = [1, 5, 2].map((ms) => makeIntent(workflowId, { requestedAt: later(ms), state: 'closed' }));
      const another = makeIntent(newWorkflowId(), { requestedAt: later(3), state: 'closed' });
      const foreign = makeIntent(newWorkflowId(), { state: 'closed' });
      for (const intent of [...made, another, foreign]) await insertIntent(journal, intent);
      const [third, first, second] = made;
      expect(await other.findIntents([workflowId], 9)).toEqual([first, second, third]);
      expect(await other.findIntents([workflowId], 1)).toEqual([first]);
      expect(await other.findIntents([workflowId], 0)).toEqual([]);
      const both = [workflowId, another.workflowId];
      expect(await other.findIntents(both, 9)).toEqual([first, another, second, third]);
      expect(await other.findIntents(both, 3)).toEqual([first, another, second]);
      expect(await other.findIntents([], 9)).toEqual([]);
    });
  });
}

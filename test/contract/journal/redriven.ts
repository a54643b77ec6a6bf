import { describe, expect, it } from '@jest/globals';
import type { Redriven } from '../../../shared/journal/records.ts';
import type { JournalSetup } from '../journal.ts';
import { bench, later, makeHead, newWorkflowId } from './bench.ts';

const mark = (ms: number, by: string): Redriven => ({ at: later(ms), by });

export function redrivenContract(setup: () => JournalSetup): void {
  describe('markRedriven', () => {
    const current = bench(setup);

    it('stands on the head, and is replaced by the next', async () => {
      const { journal, other } = current();
      const head = makeHead();
      await journal.insertHeads([head]);
      expect(await journal.markRedriven(head._id, undefined, mark(1, 'a'))).toBe(true);
      expect(await other.readHead(head._id)).toEqual({ ...head, redriven: mark(1, 'a') });
      expect(await other.markRedriven(head._id, mark(1, 'a'), mark(2, 'b'))).toBe(true);
      expect(await journal.readHead(head._id)).toEqual({ ...head, redriven: mark(2, 'b') });
    });

    it('is refused to whoever has read something else', async () => {
      const { journal, other } = current();
      const head = makeHead();
      await journal.insertHeads([head]);
      expect(await journal.markRedriven(head._id, mark(1, 'a'), mark(2, 'a'))).toBe(false);
      await journal.markRedriven(head._id, undefined, mark(1, 'a'));
      expect(await other.markRedriven(head._id, undefined, mark(1, 'b'))).toBe(false);
      expect(await other.markRedriven(head._id, mark(1, 'b'), mark(2, 'b'))).toBe(false);
      expect(await other.markRedriven(head._id, mark(2, 'a'), mark(3, 'b'))).toBe(false);
      expect(await journal.readHead(head._id)).toEqual({ ...head, redriven: mark(1, 'a') });
    });

    it('says the same again to whoever did not hear it', async () => {
      const { journal, other } = current();
      const head = makeHead();
      await journal.insertHeads([head]);
      await journal.markRedriven(head._id, undefined, mark(1, 'a'));
      expect(await journal.markRedriven(head._id, undefined, mark(1, 'a'))).toBe(true);
      await other.markRedriven(head._id, mark(1, 'a'), mark(2, 'b'));
      expect(await journal.markRedriven(head._id, undefined, mark(1, 'a'))).toBe(false);
    });

    it('is given to one of many at once', async () => {
      const { journal, other } = current();
      const heads = Array.from({ length: 20 }, () => makeHead());
      await journal.insertHeads(heads);
      for (const { _id } of heads) {
        const calls = [1, 2, 3].flatMap((ms) => [
          journal.markRedriven(_id, undefined, mark(ms, 'a')),
          other.markRedriven(_id, undefined, mark(ms, 'b')),
        ]);
        expect((await Promise.all(calls)).filter(Boolean)).toHaveLength(1);
      }
    });

    it('is refused of what has ended, and of what is not there', async () => {
      const { journal } = current();
      const head = makeHead();
      await journal.insertHeads([head]);
      await journal.changeHeads([{ kind: 'ended', workflowId: head._id, status: 'succeeded', at: later(9) }]);
      expect(await journal.markRedriven(head._id, undefined, mark(1, 'a'))).toBe(false);
      expect(await journal.readHead(head._id)).not.toHaveProperty('redriven');
      const nobody = newWorkflowId();
      expect(await journal.markRedriven(nobody, undefined, mark(1, 'a'))).toBe(false);
      expect(await journal.readHead(nobody)).toBeNull();
    });

    it('outlives every change of the head', async () => {
      const { journal } = current();
      const head = makeHead();
      await journal.insertHeads([head]);
      await journal.markRedriven(head._id, undefined, mark(1, 'a'));
      const workflowId = head._id;
      await journal.changeHeads([
        { kind: 'waiting', workflowId, waiting: { step: 1, due: later(5) } },
        { kind: 'waited', workflowId, step: 1 },
        { kind: 'ended', workflowId, status: 'succeeded', at: later(9) },
      ]);
      expect(await journal.readHead(workflowId)).toMatchObject({ status: 'succeeded', redriven: mark(1, 'a') });
    });
  });
}

import { describe, expect, it } from '@jest/globals';
import type { JournalSetup } from '../journal.ts';
import { AT, bench, later, makeAttempt, newWorkflowId, readCourse } from './bench.ts';

export function settleContract(setup: () => JournalSetup): void {
  describe('settleAttempt', () => {
    const current = bench(setup);

    it('sets the fate, the code, the reason and the time, and nothing else', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const attempt = makeAttempt(id, 1, 1);
      await journal.insertAttempts([attempt]);
      const settlement = { fate: 'failed', code: 'action-threw', reason: 'no $route to host', at: later(5) } as const;
      expect(await journal.settleAttempt(attempt._id, settlement)).toBe('failed');
      const { at: settledAt, ...fate } = settlement;
      expect((await other.readStep(id, 1)).attempts).toEqual([{ ...attempt, ...fate, settledAt }]);
    });

    it('keeps what a wait is for, and when the next attempt is due', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const [waiting, failing] = [makeAttempt(id, 1, 1), makeAttempt(id, 2, 1)];
      await journal.insertAttempts([waiting, failing]);
      const wait = { notification: 'paid', pollAfterMs: 10, until: later(99), otherwise: 'unpaid', due: later(10) };
      expect(await journal.settleAttempt(waiting._id, { fate: 'waiting', wait, at: AT })).toBe('waiting');
      await journal.settleAttempt(failing._id, { fate: 'failed', dueAt: later(5), at: AT });
      const [first, second] = (await readCourse(other, id)).attempts;
      expect(first).toEqual({ ...waiting, fate: 'waiting', wait, settledAt: AT });
      expect(second).toEqual({ ...failing, fate: 'failed', dueAt: later(5), settledAt: AT });
    });

    it('leaves the first fate standing, and says which it is', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const attempt = makeAttempt(id, 1, 1);
      await journal.insertAttempts([attempt]);
      await journal.settleAttempt(attempt._id, { fate: 'void', at: AT });
      expect(await other.settleAttempt(attempt._id, { fate: 'failed', reason: 'late', at: later(9) })).toBe('void');
      expect((await other.readStep(id, 1)).attempts).toEqual([{ ...attempt, fate: 'void', settledAt: AT }]);
    });

    it('is the same when it is done again', async () => {
      const { journal } = current();
      const id = newWorkflowId();
      await journal.insertAttempts([makeAttempt(id, 1, 1)]);
      const settle = () => journal.settleAttempt(makeAttempt(id, 1, 1)._id, { fate: 'parked', at: AT });
      expect([await settle(), await settle()]).toEqual(['parked', 'parked']);
    });

    it('tells all of many who settle at once the one fate that stands', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const attempt = makeAttempt(id, 1, 1);
      await journal.insertAttempts([attempt]);
      const fates = ['failed', 'released', 'void', 'parked', 'failed', 'released', 'void', 'parked'] as const;
      const told = await Promise.all(
        fates.map((fate, index) => (index % 2 ? journal : other).settleAttempt(attempt._id, { fate, at: AT })),
      );
      const [stands] = (await journal.readStep(id, 1)).attempts;
      expect(new Set(told)).toEqual(new Set([stands?.fate]));
    });

    it('says null of an attempt that does not exist, and creates none', async () => {
      const { journal } = current();
      const id = newWorkflowId();
      expect(await journal.settleAttempt(makeAttempt(id, 1, 1)._id, { fate: 'failed', at: AT })).toBeNull();
      expect((await journal.readStep(id, 1)).attempts).toEqual([]);
    });
  });
}

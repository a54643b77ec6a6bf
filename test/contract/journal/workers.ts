import { describe, expect, it } from '@jest/globals';
import { Fatal } from '../../../shared/core/errors.ts';
import type { JournalSetup } from '../journal.ts';
import { bench, newName } from './bench.ts';

/** Longer than any test waits. */
const LONG_MS = 600_000;

export function workersContract(setup: () => JournalSetup): void {
  describe('workers', () => {
    const current = bench(setup);
    const newWorker = () => ({ _id: newName(), host: 'host.example', pid: 7, actions: ['ship', '$capture'] });
    const join = async (): Promise<string> => {
      const worker = newWorker();
      await current().journal.join(worker);
      return worker._id;
    };
    /** A worker whose death is recorded. */
    const joinAndDie = async (): Promise<string> => {
      const id = await join();
      await current().setup.passTime(5);
      expect(await current().other.judgeHolder(id, 1)).toEqual({ kind: 'dead' });
      return id;
    };

    it('live from the first heartbeat on, and each renewal makes them young again', async () => {
      const { journal, other, setup: under } = current();
      const id = await join();
      await under.passTime(40);
      const before = await other.judgeHolder(id, LONG_MS);
      if (before.kind !== 'alive') throw new Error(`it is ${before.kind}`);
      expect(before.ageMs).toBeGreaterThanOrEqual(40);
      expect(await journal.renew(id)).toBe(true);
      const after = await other.judgeHolder(id, LONG_MS);
      if (after.kind !== 'alive') throw new Error(`it is ${after.kind}`);
      expect(after.ageMs).toBeGreaterThanOrEqual(0);
      // Not younger than before, however slow the store is: a renewal that did nothing would make it older.
      await under.passTime(40);
      expect(await journal.renew(id)).toBe(true);
      expect(await other.judgeHolder(id, LONG_MS)).toMatchObject({ kind: 'alive' });
    });

    it('are recorded dead once they have not renewed for the timeout, and can never renew again', async () => {
      const { journal } = current();
      const id = await joinAndDie();
      expect(await journal.renew(id)).toBe(false);
      expect(await journal.judgeHolder(id, LONG_MS)).toEqual({ kind: 'dead' });
    });

    it('are not judged by anything but the timeout that is asked for', async () => {
      const { journal, setup: under } = current();
      const id = await join();
      await under.passTime(20);
      expect(await journal.judgeHolder(id, LONG_MS)).toMatchObject({ kind: 'alive' });
      expect(await journal.renew(id)).toBe(true);
    });

    it('cannot join under a dead name', async () => {
      const { journal } = current();
      const id = await joinAndDie();
      const joining = journal.join({ ...newWorker(), _id: id });
      await expect(joining).rejects.toThrow(Fatal);
      await expect(joining).rejects.toMatchObject({ code: 'worker-dead', details: { worker: id } });
      expect(await journal.judgeHolder(id, LONG_MS)).toEqual({ kind: 'dead' });
    });

    it('may join again while they live', async () => {
      const { journal, other } = current();
      const worker = newWorker();
      await journal.join(worker);
      await journal.join(worker);
      expect(await other.judgeHolder(worker._id, LONG_MS)).toMatchObject({ kind: 'alive' });
    });

    it('are gone after they have left, which is no death', async () => {
      const { journal, other } = current();
      const id = await join();
      await journal.leave(id);
      await journal.leave(id);
      expect(await other.judgeHolder(id, LONG_MS)).toEqual({ kind: 'gone' });
      expect(await other.judgeHolder(id, 0)).toEqual({ kind: 'gone' });
      expect(await journal.renew(id)).toBe(false);
    });

    it('that never joined are gone, and cannot renew', async () => {
      const { journal } = current();
      const id = newName();
      expect(await journal.renew(id)).toBe(false);
      await journal.leave(id);
      expect(await journal.judgeHolder(id, LONG_MS)).toEqual({ kind: 'gone' });
    });

    it('stay dead when they leave: others have acted on it', async () => {
      const { journal } = current();
      const id = await joinAndDie();
      await journal.leave(id);
      expect(await journal.judgeHolder(id, LONG_MS)).toEqual({ kind: 'dead' });
    });

    it('are never both judged dead and renewed', async () => {
      const { journal, other, setup: under } = current();
      for (let round = 0; round < 15; round += 1) {
        const id = await join();
        await under.passTime(3);
        const [holders, renewals] = await Promise.all([
          Promise.all([other.judgeHolder(id, 2), journal.judgeHolder(id, 2)]),
          Promise.all([journal.renew(id), journal.renew(id)]),
        ]);
        const isDead = holders.some(({ kind }) => kind === 'dead');
        expect(await journal.renew(id)).toBe(!isDead);
        if (renewals.every(Boolean) && isDead) expect(await other.judgeHolder(id, LONG_MS)).toEqual({ kind: 'dead' });
      }
    });
  });
}

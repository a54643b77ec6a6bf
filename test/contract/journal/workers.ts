import { describe, expect, it } from '@jest/globals';
import { Fatal } from '../../../shared/core/errors.ts';
import type { Journal } from '../../../shared/journal/journal.ts';
import type { JournalSetup } from '../journal.ts';
import { bench, newName } from './bench.ts';

/** Longer than any test waits. */
const LONG_MS = 600_000;
/** Longer than a few calls take. */
const AGED_MS = 60;
/** The store's clock and the test's count in whole milliseconds, and not at the same moment. */
const ROUNDING_MS = 3;

export function workersContract(setup: () => JournalSetup): void {
  describe('workers', () => {
    const current = bench(setup);
    const newWorker = () => ({ _id: newName(), host: 'host.example', pid: 7, actions: ['ship', '$capture'] });
    const join = async (): Promise<string> => {
      const worker = newWorker();
      await current().journal.join(worker, []);
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
      await under.passTime(AGED_MS);
      expect(await ageOf(other, id)).toBeGreaterThanOrEqual(AGED_MS);
      const renewingAt = performance.now();
      expect(await journal.renew(id, [])).toBe(true);
      const ageMs = await ageOf(other, id);
      expect(ageMs).toBeGreaterThanOrEqual(0);
      expect(ageMs).toBeLessThan(performance.now() - renewingAt + ROUNDING_MS);
    });

    it('are recorded dead once they have not renewed for the timeout, and can never renew again', async () => {
      const { journal } = current();
      const id = await joinAndDie();
      expect(await journal.renew(id, [])).toBe(false);
      expect(await journal.judgeHolder(id, LONG_MS)).toEqual({ kind: 'dead' });
    });

    it('are not judged by anything but the timeout that is asked for', async () => {
      const { journal, setup: under } = current();
      const id = await join();
      await under.passTime(20);
      expect(await journal.judgeHolder(id, LONG_MS)).toMatchObject({ kind: 'alive' });
      expect(await journal.renew(id, [])).toBe(true);
    });

    it('cannot join under a dead name', async () => {
      const { journal } = current();
      const id = await joinAndDie();
      const joining = journal.join({ ...newWorker(), _id: id }, []);
      await expect(joining).rejects.toThrow(Fatal);
      await expect(joining).rejects.toMatchObject({ code: 'worker-dead', details: { worker: id } });
      expect(await journal.judgeHolder(id, LONG_MS)).toEqual({ kind: 'dead' });
    });

    it('may join again while they live', async () => {
      const { journal, other } = current();
      const worker = newWorker();
      await journal.join(worker, []);
      await journal.join(worker, []);
      expect(await other.judgeHolder(worker._id, LONG_MS)).toMatchObject({ kind: 'alive' });
    });

    it('are gone after they have left, which is no death', async () => {
      const { journal, other } = current();
      const id = await join();
      await journal.leave(id);
      await journal.leave(id);
      expect(await other.judgeHolder(id, LONG_MS)).toEqual({ kind: 'gone' });
      expect(await other.judgeHolder(id, 0)).toEqual({ kind: 'gone' });
      expect(await journal.renew(id, [])).toBe(false);
    });

    it('that never joined are gone, and cannot renew', async () => {
      const { journal } = current();
      const id = newName();
      expect(await journal.renew(id, [])).toBe(false);
      await journal.leave(id);
      expect(await journal.judgeHolder(id, LONG_MS)).toEqual({ kind: 'gone' });
    });

    it('are listed while they live, each with the intents that it knew of last and the age of its heartbeat', async () => {
      const { journal, other, setup: under } = current();
      const [joined, renewed, left] = [newWorker(), newWorker(), newWorker()];
      const dead = await joinAndDie();
      await journal.join(joined, ['a']);
      for (const worker of [renewed, left]) await journal.join(worker, ['a', 'b']);
      await journal.leave(left._id);
      await under.passTime(AGED_MS);
      await journal.renew(renewed._id, ['c']);
      const workers = await other.readWorkers();
      const found = (id: string) => workers.filter(({ _id }) => _id === id);
      expect(found(joined._id)).toEqual([{ ...joined, intents: ['a'], ageMs: expect.any(Number) }]);
      expect(found(renewed._id)).toEqual([{ ...renewed, intents: ['c'], ageMs: expect.any(Number) }]);
      expect([...found(left._id), ...found(dead)]).toEqual([]);
      expect(found(joined._id)[0]?.ageMs).toBeGreaterThanOrEqual(AGED_MS);
      expect(found(renewed._id)[0]?.ageMs).toBeGreaterThanOrEqual(0);
    });

    it('are all listed, however many there are', async () => {
      const { journal } = current();
      const workers = Array.from({ length: 150 }, () => newWorker());
      await Promise.all(workers.map((worker) => journal.join(worker, [])));
      const listed = new Set((await journal.readWorkers()).map(({ _id }) => _id));
      expect(workers.filter(({ _id }) => !listed.has(_id))).toEqual([]);
      await Promise.all(workers.map(({ _id }) => journal.leave(_id)));
    });

    it('stay dead when they leave: others have acted on it', async () => {
      const { journal } = current();
      const id = await joinAndDie();
      await journal.leave(id);
      expect(await journal.judgeHolder(id, LONG_MS)).toEqual({ kind: 'dead' });
    });

    it('are forgotten once their death is old enough, some at a time; the living and those who died later are not', async () => {
      const { journal, other, setup: under } = current();
      const living = await join();
      const dead = [await joinAndDie(), await joinAndDie(), await joinAndDie()];
      expect(await journal.removeDeaths(new Date(0), 10)).toBe(0);
      await under.passTime(AGED_MS);
      const last = await joinAndDie();
      const lastDied = new Date(Date.now() + LONG_MS);
      expect(await other.removeDeaths(lastDied, 0)).toBe(0);
      // Others' deaths may be among them.
      for (let removed = 1; removed > 0; ) removed = await other.removeDeaths(lastDied, 2);
      for (const id of [...dead, last]) {
        expect(await journal.judgeHolder(id, LONG_MS)).toEqual({ kind: 'gone' });
        expect(await journal.renew(id, [])).toBe(false);
      }
      expect(await journal.judgeHolder(living, LONG_MS)).toMatchObject({ kind: 'alive' });
    });

    it('are dead or renewed when both come at once, never both', async () => {
      const { journal, other, setup: under } = current();
      for (let round = 0; round < 10; round += 1) {
        const id = await join();
        await under.passTime(AGED_MS);
        const beganAt = performance.now();
        const [first, second, isRenewed] = await Promise.all([
          other.judgeHolder(id, AGED_MS),
          journal.judgeHolder(id, AGED_MS),
          journal.renew(id, []),
        ]);
        // On a machine so slow that the renewal has aged meanwhile, both may be true, one after the other.
        if (performance.now() - beganAt >= AGED_MS) continue;
        expect(first.kind).toBe(second.kind);
        expect(first.kind).toBe(isRenewed ? 'alive' : 'dead');
        expect(await journal.renew(id, [])).toBe(isRenewed);
      }
    });
  });
}

async function ageOf(journal: Journal, id: string): Promise<number> {
  const holder = await journal.judgeHolder(id, LONG_MS);
  if (holder.kind !== 'alive') throw new Error(`it is ${holder.kind}`);
  return holder.ageMs;
}

import { describe, expect, it } from '@jest/globals';
import type { HeadScan, Journal } from '../../../shared/journal/journal.ts';
import type { Head } from '../../../shared/journal/records.ts';
import type { JournalSetup } from '../journal.ts';
import { bench, makeHead } from './bench.ts';

/** A time that no other test's heads share, so that walks meet only these. */
let era = Date.UTC(1990, 0, 1);
const newEra = (): ((ms: number) => Date) => {
  era += 1_000_000;
  const begin = era;
  return (ms) => new Date(begin + ms);
};

async function walk(journal: Journal, scan: HeadScan, limit: number): Promise<{ pages: number; ids: string[] }> {
  const ids: string[] = [];
  let from = scan.from;
  for (let pages = 1; ; pages += 1) {
    const page = await journal.scanHeads({ ...scan, ...(from && { from }) }, limit);
    ids.push(...page.heads.map(({ _id }) => _id));
    if (!page.next) return { pages, ids };
    from = page.next;
  }
}

const idsOf = (heads: readonly Head[]): string[] => heads.map(({ _id }) => _id);

export function headWalksContract(setup: () => JournalSetup): void {
  describe('scanHeads', () => {
    const current = bench(setup);

    it('has each head of these statuses once, oldest first, in pages of what it looks at', async () => {
      const { journal, other } = current();
      const at = newEra();
      const heads = Array.from({ length: 20 }, (_, index) =>
        makeHead({ startedAt: at(index), status: index % 5 === 0 ? 'running' : 'succeeded' }),
      );
      await journal.insertHeads(heads.toReversed());
      const scan = { statuses: ['running', 'waiting'], startedBefore: at(20), from: at(0) } as const;
      const running = idsOf(heads.filter(({ status }) => status === 'running'));
      expect(await walk(other, scan, 3)).toEqual({ pages: 7, ids: running });
      expect(await walk(other, scan, 20)).toMatchObject({ ids: running });
      expect(await walk(other, { ...scan, startedBefore: at(10) }, 4)).toMatchObject({ ids: running.slice(0, 2) });
    });

    it('gets past any number that started at the same moment, and misses none', async () => {
      const { journal } = current();
      const at = newEra();
      const heads = Array.from({ length: 30 }, (_, index) => makeHead({ startedAt: at(index < 25 ? 5 : 6) }));
      await journal.insertHeads(heads);
      const { ids } = await walk(journal, { statuses: ['running'], startedBefore: at(9), from: at(0) }, 4);
      expect(ids.toSorted()).toEqual(idsOf(heads).toSorted());
    });

    it('knows what ended before', async () => {
      const { journal } = current();
      const at = newEra();
      const heads = [1, 2, 3, 4].map((ms) => makeHead({ startedAt: at(ms) }));
      await journal.insertHeads(heads);
      const [first, second, third] = idsOf(heads);
      if (!first || !second || !third) throw new Error('four were made');
      await journal.changeHeads([
        { kind: 'ended', workflowId: first, status: 'failed', at: at(90) },
        { kind: 'ended', workflowId: second, status: 'cancelled', at: at(10) },
        { kind: 'ended', workflowId: third, status: 'succeeded', at: at(20) },
      ]);
      const statuses = ['succeeded', 'failed', 'cancelled'] as const;
      const scan = { statuses, startedBefore: at(5), from: at(0), endedBefore: at(20) };
      expect(await walk(journal, scan, 100)).toEqual({ pages: 1, ids: [second] });
    });

    it('gives back whole heads', async () => {
      const { journal } = current();
      const at = newEra();
      const head = makeHead({ startedAt: at(1), input: { $a: 1 } });
      await journal.insertHeads([head]);
      const page = await journal.scanHeads({ statuses: ['running'], startedBefore: at(2), from: at(1) }, 5);
      expect(page).toEqual({ heads: [head] });
    });
  });

  describe('findPastDeadline', () => {
    const current = bench(setup);

    it('has those whose deadline has passed, the longest overdue first, up to the limit', async () => {
      const { journal, other } = current();
      const at = newEra();
      const heads = [30, 10, 20, 40].map((ms) => makeHead({ deadline: at(ms) }));
      await journal.insertHeads([...heads, makeHead()]);
      const [third, first, second] = idsOf(heads);
      const found = async (ms: number, limit: number) => {
        const mine = new Set(idsOf(heads));
        return idsOf(await other.findPastDeadline(at(ms), limit)).filter((id) => mine.has(id));
      };
      expect(await found(30, 1_000)).toEqual([first, second, third]);
      expect(await found(9, 1_000)).toEqual([]);
      expect(await other.findPastDeadline(at(30), 1)).toHaveLength(1);
      expect(await other.findPastDeadline(at(30), 0)).toEqual([]);
    });

    it('has none that has ended or was answered', async () => {
      const { journal } = current();
      const at = newEra();
      const heads = [1, 2, 3].map((ms) => makeHead({ deadline: at(ms) }));
      await journal.insertHeads(heads);
      const [ended, answered, overdue] = idsOf(heads);
      if (!ended || !answered || !overdue) throw new Error('three were made');
      await journal.changeHeads([
        { kind: 'ended', workflowId: ended, status: 'succeeded', at: at(0) },
        { kind: 'deadline-answered', workflowId: answered },
      ]);
      const found = idsOf(await journal.findPastDeadline(at(9), 1_000));
      expect(found.filter((id) => idsOf(heads).includes(id))).toEqual([overdue]);
    });
  });
}

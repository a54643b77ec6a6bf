// The auditor is tested, too: a real run is clean, and each thing that could be wrong with it is found.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { EmbeddedDevLine } from '../../../../services/dev/embedded-line.ts';
import type { LedgerEntry } from '../../../../services/dev/ledger.ts';
import { readLedger } from '../../../../services/dev/ledger.ts';
import { auditOrders, type OrdersReport } from '../../../../services/dev/orders-audit.ts';
import { placeOrders } from '../../../../services/dev/producer.ts';
import { isClean, renderReport } from '../../../../services/dev/report.ts';
import type { WorkflowHistory } from '../../../../shared/journal/records.ts';
import { auditJournal } from '../../../../shared/runtime/audit.ts';
import { SystemClock, SystemRandom } from '../../../../shared/runtime/clock.ts';
import { silentLog } from '../../../../shared/runtime/log.ts';
import { eventually } from '../../../support/eventually.ts';

const COUNT = 25;
const clock = new SystemClock();
let histories: WorkflowHistory[] = [];
let ledger: Map<string, LedgerEntry>;
let journalReport: Awaited<ReturnType<typeof auditJournal>>;

/** A small run of the real line; every test takes a copy and breaks something in it. */
beforeAll(async () => {
  const line = new EmbeddedDevLine({ clock, random: new SystemRandom(), log: silentLog });
  await line.start();
  await placeOrders(
    { publisher: line.broker, namespace: line.namespace, clock, random: new SystemRandom() },
    { seed: 'audit', count: COUNT },
    new AbortController().signal,
  );
  await eventually(async () => {
    histories = [];
    for await (const history of line.journal.scanHistories()) histories.push(history);
    return histories.length === COUNT && histories.every(({ head }) => head.endedAt !== undefined);
  }, 30_000);
  ledger = await readLedger(line.downstreamUrl);
  journalReport = await auditJournal(line.journal, { clock, drained: true });
  await line.stop();
}, 40_000);

const audit = (of: readonly WorkflowHistory[], against: ReadonlyMap<string, LedgerEntry>): Promise<OrdersReport> =>
  auditOrders(
    {
      async *scanHistories() {
        yield* of;
      },
    },
    against,
  );

/** A history, changed; the others as they are. */
const changed = (index: number, change: (history: WorkflowHistory) => WorkflowHistory): WorkflowHistory[] =>
  histories.map((history, position) => (position === index ? change(history) : history));

const delivered = (): number => histories.findIndex(({ snapshots }) => snapshots.at(-1)?.state === 'delivered');
const firstKey = (): string => histories[delivered()]?.snapshots[0]?._id ?? '';

describe('the audit of orders', () => {
  it('finds nothing in a run of the real line, and counts what it found', async () => {
    const report = await audit(histories, ledger);
    const steps = histories.flatMap(({ snapshots }) => snapshots);

    expect(report.problems).toEqual([]);
    expect(report.effects).toBe(steps.filter(({ failure }) => !failure).length);
    for (const { found, expected } of report.ends.values()) expect(found).toBe(expected);
    const findings = { journal: journalReport, orders: report };
    expect(isClean(findings)).toBe(true);
    expect(renderReport(findings)).toMatch(/clean$/);
  });

  it('finds an effect that happened twice under one key', async () => {
    const entry = ledger.get(firstKey());
    if (!entry) throw new Error('the step has an entry');
    const report = await audit(histories, new Map([...ledger, [entry.key, { ...entry, effected: 2 }]]));
    expect(report.problems).toEqual([expect.stringContaining('took effect 2 times')]);
  });

  it('finds an effect that happened under two keys', async () => {
    const entry = ledger.get(firstKey());
    if (!entry) throw new Error('the step has an entry');
    const report = await audit(histories, new Map([...ledger, ['another', { ...entry, key: 'another' }]]));
    expect(report.problems).toEqual([
      expect.stringContaining('no step with the key another'),
      expect.stringContaining('under two keys'),
    ]);
  });

  it('finds a completed step whose effect never happened', async () => {
    const without = new Map(ledger);
    without.delete(firstKey());
    expect((await audit(histories, without)).problems).toEqual([expect.stringContaining('took effect 0 times')]);
  });

  it('finds an order that ended where it must not', async () => {
    const wrong = changed(delivered(), (history) => ({
      ...history,
      head: { ...history.head, input: { ...history.head.input, card: 'card_001122334455_0002' } },
    }));
    const report = await audit(wrong, ledger);
    expect(report.problems).toEqual([expect.stringContaining('ended as delivered, and must end as declined')]);
    expect(report.ends.get('declined')?.expected).toBe((report.ends.get('declined')?.found ?? 0) + 1);
  });

  it('shows the order with the most to tell', async () => {
    const index = delivered();
    const telling = changed(index, (history) => ({
      ...history,
      attempts: history.attempts.map((attempt) => ({ ...attempt, fate: 'failed' as const })),
    }));
    expect((await audit(telling, ledger)).mostTelling?.head._id).toBe(histories[index]?.head._id);
    const lost = changed(index, (history) => {
      const [first] = history.attempts;
      return first ? { ...history, attempts: [{ ...first, attempt: 0 }, ...history.attempts] } : history;
    });
    expect((await audit(lost, ledger)).mostTelling?.head._id).toBe(histories[index]?.head._id);
  });
});

describe('the report', () => {
  it('says which proof is missing, and lists what is wrong', async () => {
    const orders = { ...(await audit(histories, ledger)), problems: ['order-7 was charged twice'], problemCount: 40 };
    const violation = {
      workflowId: 'w',
      businessKey: 'order-8',
      invariant: 'I2' as const,
      problem: 'step 2 has no snapshot',
    };
    const journal = { ...journalReport, clean: false, violations: [violation], violationCount: 1 };
    const text = renderReport({ journal, orders });

    expect(isClean({ journal, orders })).toBe(false);
    expect(text).toMatch(/NOT CLEAN$/);
    expect(text).toMatch(/✘ .* steps, one snapshot each/);
    expect(text).toMatch(/✔ .* attempts, never two holders/);
    expect(text).toMatch(/✘ .* effects downstream/);
    expect(text).toContain('I2 order-8: step 2 has no snapshot');
    expect(text).toContain('order-7 was charged twice');
    expect(text).toContain('and 39 more');
  });

  it('is not clean with an order that is parked or still on the line', async () => {
    const orders = await audit(histories, ledger);
    for (const open of ['parked', 'running'] as const) {
      const journal = { ...journalReport, totals: { ...journalReport.totals, [open]: 1 } };
      expect(isClean({ journal, orders })).toBe(false);
      expect(renderReport({ journal, orders })).toContain('✘ 25 orders were started');
    }
  });
});

// The auditor is tested, too: a real run is clean, and each thing that could be wrong with it is found.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { EmbeddedDevLine } from '../../../../services/dev/embedded-line.ts';
import type { LedgerEntry } from '../../../../services/dev/ledger.ts';
import { readLedger } from '../../../../services/dev/ledger.ts';
import { auditOrders, type OrdersReport } from '../../../../services/dev/orders-audit.ts';
import { OutsideWorld, type SentRequest } from '../../../../services/dev/outside-world.ts';
import { placeOrders } from '../../../../services/dev/producer.ts';
import { isClean, renderReport } from '../../../../services/dev/report.ts';
import type { IntentRecord } from '../../../../shared/journal/intent-record.ts';
import type { WorkflowHistory } from '../../../../shared/journal/records.ts';
import { auditJournal } from '../../../../shared/runtime/audit.ts';
import { SystemClock, SystemRandom } from '../../../../shared/runtime/clock.ts';
import { LifecycleWatch } from '../../../../shared/runtime/lifecycle-watch.ts';
import { silentLog } from '../../../../shared/runtime/log.ts';
import { eventually } from '../../../support/eventually.ts';

const COUNT = 60;
const clock = new SystemClock();
const random = new SystemRandom();
let histories: WorkflowHistory[] = [];
let ledger: Map<string, LedgerEntry>;
let requests: readonly SentRequest[];
let intents: Map<string, IntentRecord>;
let journalReport: Awaited<ReturnType<typeof auditJournal>>;

/** A small run of the real line, with everybody who has something to say; every test takes a copy and breaks something in it. */
beforeAll(async () => {
  const line = new EmbeddedDevLine({ clock, random, log: silentLog });
  await line.start();
  const [wanted, over] = [{ seed: 'audit', count: COUNT }, new AbortController()];
  const checkout = { publisher: line.broker, namespace: line.namespace, clock, random };
  const world = new OutsideWorld({ ...checkout, stop: over.signal }, wanted);
  const watch = new LifecycleWatch({
    broker: line.broker,
    namespace: line.namespace,
    queue: 'test',
    events: ['started', 'waiting', 'succeeded', 'failed'],
    log: silentLog,
    onEvent: (name, event) => world.take(name, event),
  });
  await watch.start();
  await world.begin();
  await placeOrders(checkout, wanted, over.signal);
  await eventually(async () => {
    histories = [];
    for await (const history of line.journal.scanHistories()) histories.push(history);
    return histories.length === COUNT && histories.every(({ head }) => head.endedAt !== undefined);
  }, 40_000);
  requests = await world.end();
  await eventually(async () => {
    const found = await Promise.all(requests.map(({ intent }) => line.journal.readIntent(intent)));
    intents = new Map(found.flatMap((intent) => (intent?.state === 'closed' ? [[intent._id, intent]] : [])));
    return intents.size === requests.length;
  }, 20_000);
  ledger = await readLedger(line.downstreamUrl);
  journalReport = await auditJournal(line.journal, { clock, drained: true });
  await watch.stop();
  await line.stop();
}, 70_000);

const audit = (
  of: readonly WorkflowHistory[],
  against: ReadonlyMap<string, LedgerEntry>,
  answered: ReadonlyMap<string, IntentRecord> = intents,
): Promise<OrdersReport> =>
  auditOrders(
    {
      readIntent: async (id) => answered.get(id) ?? null,
      async *scanHistories() {
        yield* of;
      },
    },
    { ledger: against, requests },
  );

/** A history, changed; the others as they are. */
const changed = (index: number, change: (history: WorkflowHistory) => WorkflowHistory): WorkflowHistory[] =>
  histories.map((history, position) => (position === index ? change(history) : history));

const delivered = (): number => histories.findIndex(({ snapshots }) => snapshots.at(-1)?.state === 'delivered');
/** One that was undone step by step because somebody asked to cancel it. */
const undone = (): number =>
  histories.findIndex(({ snapshots }) => snapshots.some(({ kind, undo }) => kind === 'cancel' && undo));
const firstKey = (): string => histories[delivered()]?.snapshots[0]?._id ?? '';

describe('the audit of orders', () => {
  it('finds nothing in a run of the real line, and counts what it found', async () => {
    const report = await audit(histories, ledger);
    const steps = histories.flatMap(({ snapshots }) => snapshots);

    expect(report.problems).toEqual([]);
    expect(report.effects).toBe([...ledger.values()].filter(({ effected }) => effected === 1).length);
    expect(report.effects).toBeGreaterThanOrEqual(
      steps.filter(({ kind, failure }) => kind === 'run' && !failure).length,
    );
    for (const { found, expected } of report.ends.values()) expect(found).toBe(expected);
    const findings = { journal: journalReport, orders: report };
    expect(isClean(findings)).toBe(true);
    expect(renderReport(findings)).toMatch(/clean$/);
  });

  it('counts the answers, the ways back, and what ended the waits', async () => {
    const { answers, undone: back, waits, ends } = await audit(histories, ledger);
    const total = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((sum, n) => sum + n, 0);

    expect(total(answers)).toBe(requests.length);
    expect(answers.get('accepted')).toBe(ends.get('cancelled')?.found);
    expect((back.get('after a cancellation') ?? 0) + (back.get('as a return') ?? 0)).toBe(answers.get('accepted'));
    expect(total(waits)).toBeGreaterThan(2);
  });

  it('finds a request without an answer', async () => {
    const [first] = requests;
    const report = await audit(histories, ledger, new Map([...intents].filter(([id]) => id !== first?.intent)));
    expect(report.problems).toContainEqual(`${first?.orderId}: a request to cancel it has no answer`);
    expect(report.answers.get('unanswered')).toBe(1);
  });

  it('finds an order that went on although its cancellation was accepted', async () => {
    const accepted = { kind: 'accepted' } as const;
    const { orderId, intent } = requests.find(({ intent: id }) => intents.get(id)?.answer?.kind === 'too-late') ?? {};
    const record = intents.get(intent ?? '');
    if (!record) throw new Error('somebody came too late');
    const report = await audit(histories, ledger, new Map([...intents, [record._id, { ...record, answer: accepted }]]));
    expect(report.problems).toEqual([expect.stringMatching(`${orderId} ended as .*, and must end as cancelled`)]);
  });

  it('finds an undoing that nobody downstream was asked for, and books that do not come to zero', async () => {
    const undoing = histories[undone()]?.snapshots.findLast(({ kind }) => kind === 'compensate');
    const without = new Map(ledger);
    without.delete(undoing?._id ?? '');
    const { problems } = await audit(histories, without);
    expect(problems).toContainEqual(expect.stringContaining('was undone, and nobody downstream was asked to'));
    expect(problems).toContainEqual(
      expect.stringMatching(/ended as cancelled, and its books say: stock -\d+ instead of 0/),
    );
  });

  it('finds a delivered order that was not charged', async () => {
    const { head, snapshots } = histories[delivered()] ?? {};
    const entry = ledger.get(snapshots?.find(({ action }) => action === 'capture-payment')?._id ?? '');
    if (!entry) throw new Error('the order was charged');
    const report = await audit(histories, new Map([...ledger, [entry.key, { ...entry, moved: {} }]]));
    const amount = Number(head?.input['amount']);
    expect(report.problems).toEqual([
      expect.stringContaining(`held ${amount} instead of 0, charged 0 instead of ${amount}`),
    ]);
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
      expect.stringContaining('its books say: stock'),
      expect.stringContaining('no step with the key another'),
      expect.stringContaining('under two keys'),
    ]);
  });

  it('finds a completed step whose effect never happened', async () => {
    const without = new Map(ledger);
    without.delete(firstKey());
    expect((await audit(histories, without)).problems).toEqual([
      expect.stringContaining('its books say: stock 0'),
      expect.stringContaining('took effect 0 times'),
    ]);
  });

  it('finds an order that ended where it must not', async () => {
    const wrong = changed(delivered(), (history) => ({
      ...history,
      head: { ...history.head, input: { ...history.head.input, card: 'card_001122334455_0002' } },
    }));
    const report = await audit(wrong, ledger);
    expect(report.problems).toEqual([expect.stringContaining('ended as delivered, and must end as card-declined')]);
    expect(report.ends.get('card-declined')?.expected).toBe((report.ends.get('card-declined')?.found ?? 0) + 1);
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
    for (const open of ['parked', 'waiting', 'running'] as const) {
      const journal = { ...journalReport, totals: { ...journalReport.totals, [open]: 1 } };
      expect(isClean({ journal, orders })).toBe(false);
      expect(renderReport({ journal, orders })).toContain('✘ 60 orders were started');
    }
  });
});

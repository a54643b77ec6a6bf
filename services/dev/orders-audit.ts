import type { CancelAnswer } from '../../shared/core/cancellation.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import type { Snapshot, WorkflowHistory } from '../../shared/journal/records.ts';
import { type Movement, sum } from '../orders/downstream/books.ts';
import { orderSchema } from '../orders/order.ts';
import type { LedgerEntry } from './ledger.ts';
import { effectsOf, endOf, misbooked, mustEnd, mustHaveMoved } from './order-course.ts';
import type { SentRequest } from './outside-world.ts';

/** Lists are cut here; counts go on. */
const MOST_LISTED = 100;

/** What the orders themselves prove, beyond what a journal can: the right end of each, and each effect once, and undone once. */
export interface OrdersReport {
  /** By end: how many ended there, and how many must. */
  readonly ends: ReadonlyMap<string, { readonly found: number; readonly expected: number }>;
  /** Requests for cancellation that were sent, by their answer. */
  readonly answers: Counts;
  /** Orders that went back, by how: step by step after a cancellation or a failure, or as a return. */
  readonly undone: Counts;
  /** Waits, by what ended them. */
  readonly waits: Counts;
  /** Effects that happened downstream. */
  readonly effects: number;
  /** Keys that came more than once: the effect may have happened without its answer arriving, and happened once all the same. */
  readonly repeated: number;
  readonly problems: readonly string[];
  readonly problemCount: number;
  /** The order with the most to tell: retries above all. Undefined when there is none. */
  readonly mostTelling: WorkflowHistory | undefined;
}

type Counts = ReadonlyMap<string, number>;

/** What happened outside the line. */
export interface Outside {
  /** What happened downstream, by idempotency key. */
  readonly ledger: ReadonlyMap<string, LedgerEntry>;
  /** Everybody who asked to cancel an order. */
  readonly requests: readonly SentRequest[];
}

export async function auditOrders(
  journal: Pick<Journal, 'scanHistories' | 'readIntent'>,
  { ledger, requests }: Outside,
): Promise<OrdersReport> {
  const audit = new OrdersAudit(ledger);
  for (const { orderId, intent } of requests) audit.addAnswer(orderId, (await journal.readIntent(intent))?.answer);
  for await (const history of journal.scanHistories()) audit.add(history);
  return audit.report();
}

class OrdersAudit {
  readonly #ledger: ReadonlyMap<string, LedgerEntry>;
  /** What each order has moved in sum. */
  readonly #moved = new Map<string, Movement>();
  readonly #answersOf = new Map<string, CancelAnswer[]>();
  readonly #answers = new Map<string, number>();
  readonly #undone = new Map<string, number>();
  readonly #waits = new Map<string, number>();
  readonly #found = new Map<string, number>();
  readonly #expected = new Map<string, number>();
  readonly #problems: string[] = [];
  readonly #decidedKeys = new Set<string>();
  #problemCount = 0;
  #mostTelling: WorkflowHistory | undefined;
  #mostTellingScore = -1;

  constructor(ledger: ReadonlyMap<string, LedgerEntry>) {
    this.#ledger = ledger;
    for (const { orderId, moved } of ledger.values()) {
      this.#moved.set(orderId, sum(this.#moved.get(orderId) ?? {}, moved));
    }
  }

  /** @param answer undefined when there is none yet */
  addAnswer(orderId: string, answer: CancelAnswer | undefined): void {
    count(this.#answers, answer?.kind ?? 'unanswered');
    if (answer) this.#answersOf.set(orderId, [...(this.#answersOf.get(orderId) ?? []), answer]);
    else this.#problem(`${orderId}: a request to cancel it has no answer`);
  }

  add(history: WorkflowHistory): void {
    const order = orderSchema.parse(history.head.input);
    const end = endOf(history);
    const expected = mustEnd(order, history, this.#answersOf.get(order.orderId) ?? []);
    count(this.#expected, expected);
    if (end !== undefined) {
      count(this.#found, end);
      if (end !== expected) this.#problem(`${order.orderId} ended as ${end}, and must end as ${expected}`);
      const problem = misbooked(this.#moved.get(order.orderId) ?? {}, mustHaveMoved(order, end));
      if (problem) this.#problem(`${order.orderId} ended as ${end}, and its books say: ${problem}`);
    }
    for (const snapshot of history.snapshots) this.#addStep(order.orderId, snapshot);
    this.#addWayBack(history);
    const score = tellingScore(history);
    if (score > this.#mostTellingScore) [this.#mostTelling, this.#mostTellingScore] = [history, score];
  }

  report(): OrdersReport {
    const entries = [...this.#ledger.values()];
    for (const entry of entries) {
      if (entry.effected > 0 && !this.#decidedKeys.has(entry.key)) {
        this.#problem(
          `${entry.endpoint} took effect for ${entry.orderId}, but no step with the key ${entry.key} says so`,
        );
      }
    }
    this.#lookForDoubles(entries);
    const states = new Set([...this.#expected.keys(), ...this.#found.keys()]);
    const ends = [...states].map((state) => {
      const [found = 0, expected = 0] = [this.#found.get(state), this.#expected.get(state)];
      return [state, { found, expected }] as const;
    });
    return {
      ends: new Map(ends.sort(([, left], [, right]) => right.expected - left.expected)),
      answers: this.#answers,
      undone: this.#undone,
      waits: this.#waits,
      effects: entries.reduce((total, { effected }) => total + effected, 0),
      repeated: entries.filter(({ seen }) => seen > 1).length,
      problems: this.#problems,
      problemCount: this.#problemCount,
      mostTelling: this.#mostTelling,
    };
  }

  /** A step's idempotency key is the id of its snapshot. */
  #addStep(orderId: string, snapshot: Snapshot): void {
    const { _id: key, action } = snapshot;
    this.#decidedKeys.add(key);
    const effected = this.#ledger.get(key)?.effected ?? 0;
    const { least, most, how } = effectsOf(snapshot);
    if (effected < least || effected > most) {
      this.#problem(`${orderId}: ${action} ${how}, and took effect ${effected} times downstream (key ${key})`);
    }
    if (snapshot.kind === 'compensate' && !this.#ledger.has(key)) {
      this.#problem(`${orderId}: ${action} was undone, and nobody downstream was asked to (key ${key})`);
    }
    if (snapshot.by) count(this.#waits, snapshot.by);
  }

  #addWayBack({ snapshots, attempts }: WorkflowHistory): void {
    const cancelled = snapshots.find(({ kind }) => kind === 'cancel');
    if (cancelled && attempts.some(({ step, fate }) => step === cancelled.step && fate === 'waiting')) {
      count(this.#waits, 'cancellation');
    }
    const began = snapshots.find(({ undo }) => undo);
    if (began) count(this.#undone, began.kind === 'cancel' ? 'after a cancellation' : 'after a failure');
    else if (cancelled) count(this.#undone, 'as a return');
  }

  /** Two keys for the same thing would each be honoured, and the customer would pay twice. */
  #lookForDoubles(entries: readonly LedgerEntry[]): void {
    const keys = new Map<string, string>();
    for (const { endpoint, orderId, key, effected } of entries) {
      if (effected === 0) continue;
      const thing = `${endpoint} for ${orderId}`;
      const other = keys.get(thing);
      if (other !== undefined) this.#problem(`${thing} took effect under two keys: ${other} and ${key}`);
      keys.set(thing, key);
    }
  }

  #problem(text: string): void {
    this.#problemCount += 1;
    if (this.#problems.length < MOST_LISTED) this.#problems.push(text);
  }
}

const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

/** Attempts lost with their workers tell most, then retries (not too many), waits and the way back, then a long way. */
function tellingScore({ attempts, snapshots }: WorkflowHistory): number {
  const decided = new Set(snapshots.map(({ step, attempt }) => `${step}/${attempt}`));
  const lost = attempts.filter(({ fate, step, attempt }) => fate === undefined && !decided.has(`${step}/${attempt}`));
  const failed = attempts.filter(({ fate }) => fate === 'failed');
  const waited = attempts.some(({ fate }) => fate === 'waiting');
  const wentBack = snapshots.some(({ kind, undo }) => kind === 'cancel' || undo);
  const turns = (waited ? 75 : 0) + (wentBack ? 75 : 0);
  return Math.min(1, lost.length) * 1_000 + Math.min(2, failed.length) * 100 + turns + snapshots.length;
}

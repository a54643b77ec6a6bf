import type { Journal } from '../../shared/journal/journal.ts';
import type { Snapshot, WorkflowHistory } from '../../shared/journal/records.ts';
import { expectedEnd } from '../orders/downstream/rules.ts';
import { orderSchema } from '../orders/order.ts';
import type { LedgerEntry } from './ledger.ts';

/** Lists are cut here; counts go on. */
const MOST_LISTED = 100;

/** What the orders themselves prove, beyond what a journal can: the right end of each, and each effect once. */
export interface OrdersReport {
  /** By end state: how many ended there, and how many must. */
  readonly ends: ReadonlyMap<string, { readonly found: number; readonly expected: number }>;
  /** Effects that happened downstream. */
  readonly effects: number;
  /** Keys that came more than once: the effect may have happened without its answer arriving, and happened once all the same. */
  readonly repeated: number;
  readonly problems: readonly string[];
  readonly problemCount: number;
  /** The order with the most to tell: retries above all. Undefined when there is none. */
  readonly mostTelling: WorkflowHistory | undefined;
}

/** @param ledger what happened downstream, by idempotency key */
export async function auditOrders(
  journal: Pick<Journal, 'scanHistories'>,
  ledger: ReadonlyMap<string, LedgerEntry>,
): Promise<OrdersReport> {
  const audit = new OrdersAudit(ledger);
  for await (const history of journal.scanHistories()) audit.add(history);
  return audit.report();
}

class OrdersAudit {
  readonly #ledger: ReadonlyMap<string, LedgerEntry>;
  readonly #found = new Map<string, number>();
  readonly #expected = new Map<string, number>();
  readonly #problems: string[] = [];
  readonly #decidedKeys = new Set<string>();
  #problemCount = 0;
  #mostTelling: WorkflowHistory | undefined;
  #mostTellingScore = -1;

  constructor(ledger: ReadonlyMap<string, LedgerEntry>) {
    this.#ledger = ledger;
  }

  add(history: WorkflowHistory): void {
    const order = orderSchema.parse(history.head.input);
    const expected = expectedEnd(order);
    const last = history.snapshots.at(-1);
    count(this.#expected, expected);
    if (last && 'end' in last.next) {
      count(this.#found, last.state);
      if (last.state !== expected)
        this.#problem(`${order.orderId} ended as ${last.state}, and must end as ${expected}`);
    }
    for (const snapshot of history.snapshots) this.#addStep(order.orderId, snapshot);
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
      effects: entries.reduce((sum, { effected }) => sum + effected, 0),
      repeated: entries.filter(({ seen }) => seen > 1).length,
      problems: this.#problems,
      problemCount: this.#problemCount,
      mostTelling: this.#mostTelling,
    };
  }

  /** A step's idempotency key is the id of its snapshot. */
  #addStep(orderId: string, { _id: key, action, failure }: Snapshot): void {
    this.#decidedKeys.add(key);
    const effected = this.#ledger.get(key)?.effected ?? 0;
    const must = failure ? 0 : 1;
    if (effected !== must) {
      const how = failure ? `failed with ${failure.code}` : 'completed';
      this.#problem(`${orderId}: ${action} ${how}, and took effect ${effected} times downstream (key ${key})`);
    }
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

/** Attempts lost with their workers tell most, then retries (not too many), then a long way. */
function tellingScore({ attempts, snapshots }: WorkflowHistory): number {
  const decided = new Set(snapshots.map(({ step, attempt }) => `${step}/${attempt}`));
  const lost = attempts.filter(({ fate, step, attempt }) => fate === undefined && !decided.has(`${step}/${attempt}`));
  const failed = attempts.filter(({ fate }) => fate === 'failed');
  return Math.min(1, lost.length) * 1_000 + Math.min(2, failed.length) * 100 + snapshots.length;
}

import { createHash } from 'node:crypto';
import type { Movement } from './books.ts';

/** What the stub answers to one request. */
export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the stub decided about one request. */
export interface Decided extends Answered {
  /** What took effect, by account; undefined when nothing did. */
  readonly moved?: Movement;
  /** What is answered from some time on instead: the effect is there, its confirmation comes late. */
  readonly later?: Answered & { readonly atMs: number };
}

/** One idempotency key and what came of it: the proof that an effect happened once. */
export interface LedgerEntry {
  readonly key: string;
  readonly endpoint: string;
  /** Whom it concerns; two keys with an effect of the same kind for one order are a double charge. */
  readonly orderId: string;
  /** How often a request with this key arrived, whatever became of it. */
  readonly seen: number;
  /** How often something happened: 0 for a refusal, and until the first request that got through. */
  readonly effected: number;
  /** What that moved, by account. */
  readonly moved: Movement;
}

interface Kept {
  readonly endpoint: string;
  readonly orderId: string;
  readonly bodyHash: string;
  seen: number;
  asked: number;
  effected: number;
  decided: Decided | undefined;
}

export interface Arrival {
  readonly key: string;
  readonly endpoint: string;
  readonly orderId: string;
  readonly body: string;
}

/**
 * The stub's memory. It honours idempotency keys: what was decided for a key is decided for good, and only the first decision
 * has an effect. Grows with the number of keys, for as long as the process lives.
 */
export class Ledger {
  readonly #kept = new Map<string, Kept>();

  /** Notes that a request came. Undefined: its key was used before for another endpoint or another body. */
  arrive({ key, endpoint, orderId, body }: Arrival): { readonly seen: number } | undefined {
    const bodyHash = createHash('sha256').update(body).digest('base64');
    const kept = this.#kept.get(key);
    if (!kept) {
      this.#kept.set(key, { endpoint, orderId, bodyHash, seen: 1, asked: 0, effected: 0, decided: undefined });
      return { seen: 1 };
    }
    if (kept.endpoint !== endpoint || kept.bodyHash !== bodyHash) return undefined;
    kept.seen += 1;
    return { seen: kept.seen };
  }

  /** The answer for a key that has arrived: decided now, with its effect, or as it was decided before. */
  decide(key: string, nowMs: number, decision: () => Decided): Answered {
    const kept = this.#kept.get(key);
    if (!kept) throw new TypeError(`nothing arrived with the key ${key}`);
    if (!kept.decided) {
      kept.decided = decision();
      if (kept.decided.moved) kept.effected += 1;
    }
    return asOf(kept.decided, nowMs);
  }

  /** Notes that somebody asks what became of a request. Undefined: nothing was decided for this key at this endpoint. */
  ask(key: string, endpoint: string, nowMs: number): { readonly asked: number; readonly answer: Answered } | undefined {
    const kept = this.#kept.get(key);
    if (!kept?.decided || kept.endpoint !== endpoint) return undefined;
    kept.asked += 1;
    return { asked: kept.asked, answer: asOf(kept.decided, nowMs) };
  }

  *entries(): Generator<LedgerEntry> {
    for (const [key, { endpoint, orderId, seen, effected, decided }] of this.#kept) {
      yield { key, endpoint, orderId, seen, effected, moved: decided?.moved ?? {} };
    }
  }
}

const asOf = ({ status, body, later }: Decided, nowMs: number): Answered =>
  later && nowMs >= later.atMs ? { status: later.status, body: later.body } : { status, body };

import { createHash } from 'node:crypto';

/** What the stub answers to one request. */
export interface Decided {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
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
}

interface Kept {
  readonly endpoint: string;
  readonly orderId: string;
  readonly bodyHash: string;
  seen: number;
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
      this.#kept.set(key, { endpoint, orderId, bodyHash, seen: 1, effected: 0, decided: undefined });
      return { seen: 1 };
    }
    if (kept.endpoint !== endpoint || kept.bodyHash !== bodyHash) return undefined;
    kept.seen += 1;
    return { seen: kept.seen };
  }

  /** The answer for a key that has arrived: decided now, with its effect, or as it was decided before. */
  decide(key: string, decision: () => Decided): Decided {
    const kept = this.#kept.get(key);
    if (!kept) throw new TypeError(`nothing arrived with the key ${key}`);
    if (kept.decided) return kept.decided;
    kept.decided = decision();
    if (kept.decided.status < 300) kept.effected += 1;
    return kept.decided;
  }

  *entries(): Generator<LedgerEntry> {
    for (const [key, { endpoint, orderId, seen, effected }] of this.#kept) {
      yield { key, endpoint, orderId, seen, effected };
    }
  }
}

export interface GroupOptions<Item, Result> {
  /** Sends one batch; results in the order of the items. */
  send(items: readonly Item[]): Promise<readonly Result[]>;
  /** Items per batch at most. */
  readonly maxBatch: number;
  /** Told the size of each batch that leaves. */
  onBatch?(size: number): void;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Gathers single reads or writes into batches: while one batch is on its way, the next one gathers. A quiet line has no added delay (a
 * lone one leaves at the end of the current turn's microtasks), a busy one few round trips, and the busier, the fewer.
 *
 * One batch at a time: two would be half as large, and every batch costs both sides its own round trip, and a write the disks their own
 * flush. A batch that is rejected rejects each of its items with the same error.
 */
export class Group<Item, Result> {
  readonly #options: GroupOptions<Item, Result>;
  readonly #gathered: Waiting<Item, Result>[] = [];
  #isSending = false;
  #isLeaving = false;

  constructor(options: GroupOptions<Item, Result>) {
    this.#options = options;
  }

  /** Resolves to this item's own result. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#gathered.push({ item, resolve, reject });
      this.#sendSoon();
    });
  }

  #sendSoon(): void {
    if (this.#isLeaving || this.#isSending) return;
    this.#isLeaving = true;
    // Not at once: deliveries that arrived in one read of the socket come here one after the other.
    queueMicrotask(() => {
      this.#isLeaving = false;
      this.#sendGathered();
    });
  }

  #sendGathered(): void {
    if (this.#gathered.length === 0 || this.#isSending) return;
    const batch = this.#gathered.splice(0, this.#options.maxBatch);
    this.#isSending = true;
    void this.#send(batch);
  }

  async #send(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    this.#options.onBatch?.(batch.length);
    try {
      const results = await this.#options.send(batch.map((waiting) => waiting.item));
      if (results.length !== batch.length) throw new TypeError(`${batch.length} items, ${results.length} results`);
      // The length was just compared: every index has its result, which may be any value of the type.
      batch.forEach((waiting, index) => waiting.resolve(results[index] as Result));
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    } finally {
      this.#isSending = false;
      this.#sendGathered();
    }
  }
}

/**
 * Gathers single writes into batches: while one batch is on its way the next one gathers. A quiet line has no added delay (a lone
 * write leaves at the end of the current turn of the event loop's microtasks), a busy one few round trips.
 *
 *   idle      nothing gathered, fewer than `lanes` batches on their way
 *   gathering items wait for a free lane, or for the end of this microtask
 *   sending   a batch of at most `maxBatch` is on its way
 *
 * A batch that is rejected rejects each of its items with the same error.
 */
export interface GroupOptions<Item, Result> {
  /** Sends one batch; results in the order of the items. */
  send(items: readonly Item[]): Promise<readonly Result[]>;
  /** Items per batch at most. */
  readonly maxBatch: number;
  /** Batches that may be on their way at once. More than one keeps the store busy while it answers. Default 2. */
  readonly lanes?: number;
  /** Told the size of each batch that leaves. */
  onBatch?(size: number): void;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export class Group<Item, Result> {
  readonly #options: GroupOptions<Item, Result>;
  readonly #lanes: number;
  #gathered: Waiting<Item, Result>[] = [];
  #sending = 0;
  #leaving = false;

  constructor(options: GroupOptions<Item, Result>) {
    this.#options = options;
    this.#lanes = options.lanes ?? 2;
  }

  /** Resolves to this item's own result. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#gathered.push({ item, resolve, reject });
      this.#leaveSoon();
    });
  }

  #leaveSoon(): void {
    if (this.#leaving || this.#sending >= this.#lanes) return;
    this.#leaving = true;
    // Not at once: deliveries that arrived in one read of the socket come here one after the other.
    queueMicrotask(() => {
      this.#leaving = false;
      this.#leave();
    });
  }

  #leave(): void {
    while (this.#gathered.length > 0 && this.#sending < this.#lanes) {
      const batch =
        this.#gathered.length <= this.#options.maxBatch
          ? this.#gathered
          : this.#gathered.slice(0, this.#options.maxBatch);
      this.#gathered = batch === this.#gathered ? [] : this.#gathered.slice(batch.length);
      this.#sending += 1;
      void this.#send(batch);
    }
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
      this.#sending -= 1;
      this.#leave();
    }
  }
}

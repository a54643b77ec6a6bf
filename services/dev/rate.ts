/** Over how long a rate is measured. */
const WINDOW_MS = 3_000;

/** How fast a count grows, over the last seconds. */
export class Rate {
  #seen: (readonly [atMs: number, count: number])[] = [];

  /** @returns per second */
  take(atMs: number, count: number): number {
    this.#seen = [...this.#seen.filter(([seenAt]) => atMs - seenAt <= WINDOW_MS), [atMs, count]];
    const [from, before] = this.#seen[0] ?? [atMs, count];
    return atMs === from ? 0 : ((count - before) * 1_000) / (atMs - from);
  }
}

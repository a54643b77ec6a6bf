/** Those who wait for a workflow to come to its end, by workflow. */
export class Arrivals {
  readonly #waiting = new Map<string, { arrived: Promise<void>; resolve(): void; reject(error: Error): void }>();

  /** Resolves at the next arrival of this workflow. */
  of(workflowId: string): Promise<void> {
    const known = this.#waiting.get(workflowId);
    if (known) return known.arrived;
    let settle: { resolve(): void; reject(error: Error): void } | undefined;
    const arrived = new Promise<void>((resolve, reject) => {
      settle = { resolve, reject };
    });
    // Whoever asked may have found out otherwise, and does not wait any more.
    arrived.catch(() => {});
    if (settle) this.#waiting.set(workflowId, { arrived, ...settle });
    return arrived;
  }

  arrived(workflowId: string): void {
    this.#waiting.get(workflowId)?.resolve();
    this.#waiting.delete(workflowId);
  }

  /** Nothing arrives any more. */
  end(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

/**
 * Calls `action` for each item, a few at once: a round that goes one by one would wait for a round trip after the other.
 * Begins no further item once the signal aborts; rejects with the first failure, when those under way have ended.
 */
export async function severalAtOnce<Item>(
  items: readonly Item[],
  most: number,
  signal: AbortSignal,
  action: (item: Item) => Promise<unknown>,
): Promise<void> {
  const left = items.values();
  let failed = false;
  const work = async (): Promise<void> => {
    for (const item of left) {
      if (signal.aborted || failed) return;
      try {
        await action(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(most, items.length) }, work));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

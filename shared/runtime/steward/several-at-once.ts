import type { Acting } from '../acting.ts';

/** Requests worked on at once: what is asked for them is grouped, so that many cost little more than one. */
export const GROUPED_AT_ONCE = 100;

export interface SeveralOptions<Item> {
  /** How many are under way at once. */
  readonly most: number;
  /** Begins no further item once it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each failure, which then holds up no other item. Default: the first failure ends it. */
  readonly failed?: (error: unknown, item: Item) => void;
}

/**
 * Calls `action` for each item, a few at once: a round that goes one by one would wait for a round trip after the other.
 * Resolves when those that were begun have ended; rejects then with the first failure, or with what `failed` has thrown.
 */
export async function severalAtOnce<Item>(
  items: readonly Item[],
  { most, signal, failed }: SeveralOptions<Item>,
  action: (item: Item) => Promise<unknown>,
): Promise<void> {
  const left = items.values();
  let isOver = false;
  const work = async (): Promise<void> => {
    for (const item of left) {
      if (signal?.aborted || isOver) return;
      try {
        await action(item).catch((error: unknown) => {
          if (!failed) throw error;
          failed(error, item);
        });
      } catch (error) {
        isOver = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(most, items.length) }, work));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

/**
 * Calls `act` for several workflows, a few at once. One that fails is logged, and holds up no other: what fails again and again would keep
 * from its turn, in every round, whatever stands behind it. Ends when the process may not act any more.
 * @param workflowOf the id of the workflow that an item is about
 */
export function forEachWorkflow<Item>(
  { line, right }: Acting,
  items: readonly Item[],
  { workflowOf, ...options }: Omit<SeveralOptions<Item>, 'failed'> & { readonly workflowOf: (item: Item) => string },
  act: (item: Item) => Promise<unknown>,
): Promise<void> {
  const failed = (error: unknown, item: Item): void => {
    right.mayAct();
    line.log.error({ err: error, workflowId: workflowOf(item) }, 'a workflow could not be looked after');
  };
  return severalAtOnce(items, { ...options, failed }, act);
}

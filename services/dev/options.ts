import { InvalidArgumentError } from 'commander';

/** What `npm start` was asked for. */
export interface StartOptions {
  readonly orders: number;
  readonly seed: string;
  readonly stay?: boolean;
  readonly real?: boolean;
  readonly kill?: boolean;
  /** Worker processes per action, where it is not one. */
  readonly workers: ReadonlyMap<string, number>;
}

/** A demonstration of more orders than this holds them all in memory, and takes minutes. */
const MOST_ORDERS = 100_000;
const MOST_WORKERS = 20;

export function parseOrders(text: string): number {
  const orders = Number(text);
  if (Number.isInteger(orders) && orders >= 1 && orders <= MOST_ORDERS) return orders;
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${MOST_ORDERS}.`);
}

/** Order ids begin with the seed. */
export function parseSeed(text: string): string {
  if (/^[A-Za-z0-9-]{1,40}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected 1 to 40 letters, digits or "-".');
}

/** Repeatable: each adds to those before. */
export function parseWorkers(
  text: string,
  before: ReadonlyMap<string, number>,
  actions: readonly string[],
): ReadonlyMap<string, number> {
  const match = /^([a-z0-9-]+)=(\d{1,3})$/.exec(text);
  const [, action = '', count = ''] = match ?? [];
  if (!match || Number(count) < 1 || Number(count) > MOST_WORKERS) {
    throw new InvalidArgumentError(`Expected ACTION=N, with N from 1 to ${MOST_WORKERS}.`);
  }
  if (!actions.includes(action)) throw new InvalidArgumentError(`The actions are ${actions.join(', ')}.`);
  return new Map([...before, [action, Number(count)]]);
}

/** What does not go together; undefined when everything does. */
export function contradictionIn({ real = false, kill = false, workers }: StartOptions): string | undefined {
  if (real || (!kill && workers.size === 0)) return undefined;
  return `${kill ? '--kill' : '--workers'} needs --real: embedded, there is only one process.`;
}

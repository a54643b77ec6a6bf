/** What the shop's services keep account of: units in stock, cents held on a card, cents charged, parcels on their way. */
export const ACCOUNTS = ['stock', 'held', 'charged', 'parcels'] as const;
export type Account = (typeof ACCOUNTS)[number];

/** What something moved, by account. An order of which everything was undone has moved nothing in sum. */
export type Movement = Readonly<Partial<Record<Account, number>>>;

/** Something that came into being, and can be ended once: a reservation, an authorization, a capture, a parcel. */
export interface Item {
  readonly id: string;
  readonly moved: Movement;
  /** What requests about it must know later: the card that pays, where the parcel goes. */
  readonly about?: string;
}

interface Kept extends Item {
  isOpen: boolean;
}

/** What is open at the stub of the shop's services, by the key that it was asked for with, and by its id. */
export class Books {
  readonly #byKey = new Map<string, Kept>();
  readonly #byId = new Map<string, Kept>();
  readonly #undone = new Set<string>();

  /** @param key the idempotency key of the request for it */
  open(key: string, item: Item): void {
    const kept = { ...item, isOpen: true };
    this.#byKey.set(key, kept);
    if (!this.#byId.has(item.id)) this.#byId.set(item.id, kept);
  }

  /** Undefined when there is none, or it has ended. */
  find(id: string): Item | undefined {
    const kept = this.#byId.get(id);
    return kept?.isOpen ? kept : undefined;
  }

  /** Ends what has this id. @returns what that moves: the same, back; undefined when there is nothing to end */
  close(id: string): Movement | undefined {
    return closeKept(this.#byId.get(id));
  }

  /**
   * Undoes what was asked for with this key, also when the request has not arrived yet: it will have no effect then.
   * @returns what that moves back; undefined when there is nothing to undo
   */
  undo(key: string): Movement | undefined {
    this.#undone.add(key);
    return closeKept(this.#byKey.get(key));
  }

  /** Whether the request with this key was undone, be it before it came. */
  isUndone(key: string): boolean {
    return this.#undone.has(key);
  }
}

function closeKept(kept: Kept | undefined): Movement | undefined {
  if (!kept?.isOpen) return undefined;
  kept.isOpen = false;
  return negated(kept.moved);
}

const negated = (movement: Movement): Movement =>
  Object.fromEntries(Object.entries(movement).map(([account, amount]) => [account, -amount]));

/** Both together. */
export function sum(left: Movement, right: Movement): Movement {
  const total: Partial<Record<Account, number>> = { ...left };
  for (const account of ACCOUNTS) {
    const amount = right[account];
    if (amount !== undefined) total[account] = (total[account] ?? 0) + amount;
  }
  return total;
}

import type { HeadScan } from '../../journal/journal.ts';
import type { Status } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { untilKnown } from '../right-to-act.ts';
import type { Found } from './redrive.ts';
import { forEachWorkflow } from './several-at-once.ts';

/** Heads looked at in one page, meant or not. */
const PAGE = 500;

export interface HeadWalkOptions {
  readonly statuses: readonly Status[];
  /** Workflows that started within this time are left alone, milliseconds. */
  readonly youngMs: number;
}

/**
 * A walk over all workflows of some statuses, oldest first, in pages: each with where it stands by its journal. After the last page it
 * begins anew.
 */
export class HeadWalk {
  readonly #acting: Acting;
  readonly #options: HeadWalkOptions;
  #from: Date | undefined;

  constructor(acting: Acting, options: HeadWalkOptions) {
    this.#acting = acting;
    this.#options = options;
  }

  /** Whether the next page is the first one. */
  get isAtBegin(): boolean {
    return this.#from === undefined;
  }

  /** The next page; it may be empty although more follow. */
  async page(): Promise<readonly Found[]> {
    const { line, right } = this.#acting;
    const { statuses, youngMs } = this.#options;
    const startedBefore = new Date(line.clock.now() - youngMs);
    const scan: HeadScan = { statuses, startedBefore, ...(this.#from ? { from: this.#from } : {}) };
    const { heads, next } = await untilKnown(() => line.journal.scanHeads(scan, PAGE), right);
    const ids = heads.map(({ _id }) => _id);
    const stands = await untilKnown(() => line.journal.readStands(ids), right);
    this.#from = next;
    return heads.flatMap((head, index) => {
      const stand = stands[index];
      return stand ? [{ head, stand }] : [];
    });
  }
}

/** Workflows looked after at once. */
const AT_ONCE = 50;

/** Calls `act` for each, a few at a time. One that fails is logged, and holds up no other. */
export function forEachFound<One extends Found>(
  acting: Acting,
  found: readonly One[],
  act: (one: One) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  return forEachWorkflow(acting, found, { most: AT_ONCE, signal, workflowOf: ({ head }) => head._id }, act);
}

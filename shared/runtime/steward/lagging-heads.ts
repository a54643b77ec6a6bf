import type { Acting } from '../acting.ts';
import { forEachFound, HeadWalk } from './head-walk.ts';
import { judge, sinceOf } from './judgement.ts';
import { QUIET_MS } from './margins.ts';
import { type Found, putRight } from './redrive.ts';
import type { Round } from './round.ts';

/**
 * Workflows that are parked or wait by their head, but not by their journal: a result that landed late beside a parked step, or an operator or
 * a steward that died half-way. The journal is trusted: the head is put right, and then the workflow is one of those that should be
 * moving. There may be a million of them, all in order, so this walk is a slow one.
 */
export class LaggingHeads implements Round {
  readonly name = 'lagging-heads';
  readonly everyMs = 5_000;
  readonly #acting: Acting;
  readonly #walk: HeadWalk;

  constructor(acting: Acting) {
    this.#acting = acting;
    this.#walk = new HeadWalk(acting, { statuses: ['parked', 'waiting'], youngMs: QUIET_MS });
  }

  async run(signal: AbortSignal): Promise<void> {
    await forEachFound(this.#acting, await this.#walk.page(), (one) => this.#lookAt(one), signal);
  }

  async #lookAt(found: Found): Promise<void> {
    const judgement = judge(found.head, found.stand);
    const since = sinceOf(judgement);
    if (!since || since.getTime() >= this.#acting.line.clock.now() - QUIET_MS) return;
    await putRight(this.#acting, found, judgement);
  }
}

import type { Acting } from '../acting.ts';
import { forEachFound, HeadWalk } from './head-walk.ts';
import { judge } from './judgement.ts';
import { CLOCKS_DIFFER_MS } from './margins.ts';
import { type Found, markRedriven, putRight, sendDue } from './redrive.ts';

export interface Redriven {
  /** Workflows that have not ended. */
  readonly workflows: number;
  /** Those whose message was sent again. */
  readonly sent: number;
  /** Those whose head was put right. */
  readonly putRight: number;
  /** Those that are parked or wait: nothing is due of them. */
  readonly atRest: number;
}

/**
 * Sends the message of every workflow that should have one, whether it is lost or not: after the database was restored from a backup, when
 * no message that the broker still has may be trusted. Where it is not needed it does no harm, but for a copy of each message.
 * @throws Unavailable, Fatal when the right to act ends before all is done; it may be repeated
 */
export async function redriveAll(acting: Acting, onProgress: (soFar: Redriven) => void = () => {}): Promise<Redriven> {
  const statuses = ['running', 'cancelling', 'compensating', 'parked', 'waiting'] as const;
  // Nobody is left out because a clock was ahead where it started.
  const walk = new HeadWalk(acting, { statuses, youngMs: -CLOCKS_DIFFER_MS });
  const counts = { workflows: 0, sent: 0, putRight: 0, atRest: 0 };
  do {
    const found = await walk.page();
    counts.workflows += found.length;
    await forEachFound(acting, found, async (one) => {
      counts[await redriveOne(acting, one)] += 1;
    });
    onProgress(counts);
  } while (!walk.isAtBegin);
  return counts;
}

async function redriveOne(acting: Acting, found: Found): Promise<'sent' | 'putRight' | 'atRest'> {
  const judgement = judge(found.head, found.stand);
  await putRight(acting, found, judgement);
  if (judgement.kind === 'at-rest') return 'atRest';
  if (judgement.kind !== 'moving') return 'putRight';
  // For the stewards; what one of them sends at the same moment is sent here all the same.
  await markRedriven(acting, found.head);
  await sendDue(acting, found, judgement.due);
  return 'sent';
}

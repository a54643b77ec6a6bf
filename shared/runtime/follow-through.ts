import { unreachable } from '../core/unreachable.ts';
import type { Acting } from './acting.ts';
import { type Followed, followAdvance, followRetry, handOnNext } from './follow-decided.ts';
import { followPark } from './parking.ts';
import type { Recordable } from './record.ts';
import { beginWait } from './wait-begin.ts';
import { termsOf } from './wait-terms.ts';

/**
 * What a recorded decision asks for. Everything here may be done twice, by anyone who sees the decision with its message still
 * unacknowledged: a process may die between any two lines, and the next one repeats the rest.
 */
export function followThrough(acting: Acting, visit: Followed, decision: Recordable): Promise<void> {
  switch (decision.kind) {
    case 'advance':
      return followAdvance(acting, visit, { ...decision, kind: visit.envelope.kind });
    case 'begin-wait':
      return beginWait(acting, visit, termsOf(decision));
    case 'schedule-retry':
      return followRetry(acting, visit, decision);
    case 'park':
      return followPark(acting, visit.envelope, decision);
    case 'release':
      return handOnNext(acting, visit, visit.envelope.failures, 0);
    default:
      return unreachable(decision);
  }
}

import type { Clock } from '../../core/clock.ts';
import type { Performed } from '../../core/transition.ts';
import { unreachable } from '../../core/unreachable.ts';
import type { ActionResult, Metrics } from '../metrics.ts';
import type { Middleware } from '../performer.ts';

/** How long the message was on its way, how long the action worked, and with what outcome. */
export const measure =
  (metrics: Metrics, clock: Clock): Middleware =>
  (next) =>
  async (call) => {
    const { action, kind, sentAt } = call.envelope;
    metrics.stepTaken(action, clock.now() - sentAt);
    const begunAt = clock.monotonic();
    const performed = await next(call);
    metrics.actionEnded(action, kind, resultOf(performed), clock.monotonic() - begunAt);
    return performed;
  };

function resultOf(performed: Performed): ActionResult {
  switch (performed.kind) {
    case 'completed':
    case 'failed':
    case 'retry':
    case 'waiting':
      return performed.kind;
    case 'threw':
      return performed.code === 'action-timed-out' ? 'timed-out' : 'retry';
    case 'broken':
      return 'invalid';
    case 'interrupted':
      return 'aborted';
    default:
      return unreachable(performed);
  }
}

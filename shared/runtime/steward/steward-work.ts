import type { Acting } from '../acting.ts';
import { CancellationDesk } from './cancellation-desk.ts';
import { Cancellations } from './cancellations.ts';
import { LaggingHeads } from './lagging-heads.ts';
import { LostMessages } from './lost-messages.ts';
import { NotificationDesk } from './notification-desk.ts';
import { OpenRequests } from './open-requests.ts';
import { OverdueWaits } from './overdue-waits.ts';
import { PassedDeadlines } from './passed-deadlines.ts';
import { Retention } from './retention.ts';
import { ReturnedDesk } from './returned-desk.ts';
import type { StewardWork } from './steward.ts';
import { UnattendedRequests } from './unattended-requests.ts';

/**
 * All that a steward does.
 * @param options LIVENESS_TIMEOUT of the workers, milliseconds
 */
export function stewardWork(acting: Acting, options: { readonly livenessTimeoutMs: number }): StewardWork {
  const { livenessTimeoutMs } = options;
  const cancellations = new Cancellations(acting, options);
  const requests = new OpenRequests(acting);
  return {
    notifications: new NotificationDesk(acting),
    cancellations: new CancellationDesk(acting, cancellations, requests),
    returned: new ReturnedDesk(acting, livenessTimeoutMs),
    rounds: [
      new OverdueWaits(acting),
      new UnattendedRequests(acting, cancellations, requests),
      new PassedDeadlines(acting, cancellations, requests),
      new LostMessages(acting, livenessTimeoutMs),
      new LaggingHeads(acting),
      new Retention(acting),
    ],
  };
}

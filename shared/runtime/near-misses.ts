import type { Journal, WaitFilter } from '../journal/journal.ts';
import type { NotificationRecord, WaitRecord } from '../journal/wait-records.ts';

/** Whom a notification is for. */
export type Addressed = Pick<NotificationRecord, 'name' | 'workflowId' | 'businessKey' | 'workflow'>;

/** The open waits that a notification could mean, whatever notification they wait for. */
export function waitsMeant({ workflowId, businessKey, workflow }: Addressed): WaitFilter | undefined {
  if (workflowId !== undefined) return { workflowId };
  if (businessKey === undefined) return undefined;
  return { businessKey, ...(workflow === undefined ? {} : { workflow }) };
}

/**
 * What a notification that completes nothing may have been meant for: open waits of the same workflow or business key, for a notification of
 * another name. For people.
 */
export async function nearMisses(
  journal: Pick<Journal, 'findOpenWaits'>,
  notification: Addressed,
  limit: number,
): Promise<readonly WaitRecord[]> {
  const meant = waitsMeant(notification);
  const open = (await journal.findOpenWaits(meant ? [meant] : [], limit)).flat();
  return open.filter((wait) => wait.notification !== undefined && wait.notification !== notification.name);
}

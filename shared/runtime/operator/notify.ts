import { eventKeyOf } from '../../contract/cloud-event.ts';
import { decodeStewardEvent, type NotificationRequest, notificationMessage } from '../../contract/steward-event.ts';
import { WORKFLOW_ID_PATTERN } from '../../core/names.ts';
import type { Journal } from '../../journal/journal.ts';
import type { NotificationRecord } from '../../journal/wait-records.ts';
import type { Acting } from '../acting.ts';
import { untilKnown } from '../right-to-act.ts';

/** How often it is looked for what became of a notification. */
const LOOK_EVERY_MS = 100;
/** One that is kept still after so long waits for its wait. */
const KEPT_MS = 1_000;
const MOST_LOOKED_AT = 200;

/** Whom a notification is for: a workflow by its id, or whichever has the business key, also one that has not started yet. */
export async function targetOf(
  journal: Pick<Journal, 'readHead'>,
  key: string,
): Promise<{ readonly workflowId: string } | { readonly businessKey: string }> {
  const head = WORKFLOW_ID_PATTERN.test(key) ? await journal.readHead(key) : null;
  return head ? { workflowId: head._id } : { businessKey: key };
}

/**
 * Sends a notification, as any program outside does. By the steward's own rules: what it would set aside is refused here and now.
 * @throws SetAside `event-invalid`, `event-too-large`
 */
export async function sendNotification({ line, right }: Acting, request: NotificationRequest): Promise<void> {
  const message = notificationMessage(line.namespace, request);
  decodeStewardEvent(message.body, message.contentType, message.routingKey);
  await untilKnown(() => line.broker.publish(message), right);
}

/** What became of a notification within the time; null when the journal does not have it by then. */
export async function awaitNotification(
  { journal, clock }: Pick<Acting['line'], 'journal' | 'clock'>,
  request: NotificationRequest,
  limitMs: number,
): Promise<NotificationRecord | null> {
  const key = eventKeyOf(request.source, request.id);
  const { name } = request;
  const filter = 'workflowId' in request ? { workflowId: request.workflowId } : { businessKey: request.businessKey };
  const endsAt = clock.monotonic() + limitMs;
  let keptUntil: number | undefined;
  for (;;) {
    const found = await journal.findNotifications({ ...filter, name }, MOST_LOOKED_AT);
    const record = found.find(({ _id }) => _id === key) ?? null;
    if (record && record.state !== 'kept') return record;
    const now = clock.monotonic();
    if (record) keptUntil ??= now + KEPT_MS;
    if (now >= endsAt || (keptUntil !== undefined && now >= keptUntil)) return record;
    await clock.sleep(LOOK_EVERY_MS);
  }
}

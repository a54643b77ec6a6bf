// What the outside world sends the steward: notifications and cancellations. Both are about one workflow, which is named by its
// id or by its business key.
import { z } from 'zod';
import type { JsonObject } from '../core/json.ts';
import { cutText, LIMITS } from '../core/limits.ts';
import { NAME_PATTERN, WORKFLOW_ID_PATTERN } from '../core/names.ts';
import { attribute, commonAttributes, eventKeyOf, eventMessage, nameFrom, parseEvent } from './cloud-event.ts';
import { exchangeName } from './topology.ts';

const targetAttributes = {
  subject: attribute(LIMITS.businessKeyBytes)
    .nullish()
    .describe('The business key. This or `workflowid` must be there.'),
  workflowid: z.string().regex(WORKFLOW_ID_PATTERN).nullish().describe('The id of the workflow.'),
};

const isNamed = ({ subject, workflowid }: { subject?: unknown; workflowid?: unknown }): boolean =>
  typeof subject === 'string' || typeof workflowid === 'string';
const unnamed = { path: ['subject'], message: 'neither subject nor workflowid says which workflow is meant' };
/** The same rule, for those who read the published schema. */
const named = {
  anyOf: ['subject', 'workflowid'].map((name) => ({
    type: 'object',
    properties: { [name]: { type: 'string' } },
    required: [name],
  })),
};

/** A notification, on `conveyor.notify` with its name as routing key. */
export const notificationSchema = z
  .looseObject({
    ...commonAttributes,
    type: z.literal('conveyor.notify'),
    ...targetAttributes,
    workflow: z
      .string()
      .regex(NAME_PATTERN)
      .nullish()
      .describe('The name of the workflow: for a business key that fits several. Ignored beside `workflowid`.'),
    // Not z.json(): `parseJsonBody` has looked through all of it.
    data: z
      .record(z.string(), z.unknown())
      .nullish()
      .describe('The payload: the fields that the action declares for this notification. Default: none.'),
  })
  .refine(isNamed, unnamed)
  .meta({ description: 'Notification: completes the wait of a workflow.', ...named });

/** A cancellation, on `conveyor.cancel` with the workflow's name as routing key. */
export const cancellationSchema = z
  .looseObject({
    ...commonAttributes,
    type: z.literal('conveyor.cancel'),
    ...targetAttributes,
    workflow: z.string().regex(NAME_PATTERN).nullish().describe('Must agree with the routing key.'),
    data: z.looseObject({ reason: z.string().min(1).describe('Why; cut to 256 bytes.') }),
  })
  .refine(isNamed, unnamed)
  .meta({ description: 'Cancellation: asks to cancel a workflow; it gets exactly one answer.', ...named });

interface StewardEvent {
  /** What the event is known by: the same `source` and `id` make the same key. */
  readonly key: string;
  readonly eventId: string;
  readonly source: string;
  readonly workflowId: string | undefined;
  readonly businessKey: string | undefined;
}

/** A notification, checked for everything that needs no wait. */
export interface Notification extends StewardEvent {
  readonly kind: 'notification';
  readonly name: string;
  /** Only for a business key: an id says it all. */
  readonly workflow: string | undefined;
  readonly data: JsonObject;
}

/** A request for cancellation. */
export interface Cancellation extends StewardEvent {
  readonly kind: 'cancellation';
  readonly workflow: string;
  readonly reason: string;
}

const stewardEventSchema = z.discriminatedUnion('type', [notificationSchema, cancellationSchema], {
  error: (issue) => (issue.code === 'invalid_union' ? 'expected "conveyor.notify" or "conveyor.cancel"' : undefined),
});

/**
 * Parses what came to the steward from outside. The type says what it is, since what rested on the delay ladder comes by another
 * exchange than it was sent to.
 * @param routingKey the one with which it was sent
 * @throws SetAside `event-invalid`, `event-too-large`, naming the field
 */
export function decodeStewardEvent(
  body: Buffer,
  contentType: string | undefined,
  routingKey: string,
): Notification | Cancellation {
  const event = parseEvent(stewardEventSchema, body, contentType);
  const common = {
    key: eventKeyOf(event.source, event.id),
    eventId: event.id,
    source: event.source,
    workflowId: event.workflowid ?? undefined,
    businessKey: event.subject ?? undefined,
  };
  if (event.type === 'conveyor.cancel') {
    const workflow = nameFrom(routingKey, 'workflow', event.workflow);
    return { kind: 'cancellation', ...common, workflow, reason: cutText(event.data.reason) };
  }
  const name = nameFrom(routingKey, 'notification', undefined);
  // It came out of parseJsonBody, so its unknown values are JSON.
  const data = (event.data ?? {}) as JsonObject;
  const workflow = common.workflowId === undefined ? (event.workflow ?? undefined) : undefined;
  return { kind: 'notification', ...common, name, workflow, data };
}

/** Which workflow is meant. */
type Target = { readonly workflowId: string } | { readonly businessKey: string };
interface Sent {
  /** With `id`: the same pair again is ignored. */
  readonly source: string;
  readonly id: string;
}

const attributesOf = (target: Target): { workflowid: string } | { subject: string } =>
  'workflowId' in target ? { workflowid: target.workflowId } : { subject: target.businessKey };

/** What a notification is made of. */
export type NotificationRequest = Target &
  Sent & { readonly name: string; readonly workflow?: string; readonly data: JsonObject };

/** The notification as a message on `conveyor.notify`. */
export function notificationMessage(namespace: string, request: NotificationRequest) {
  const { name, workflow, source, id, data } = request;
  const optional = workflow === undefined ? {} : { workflow };
  const event = { type: 'conveyor.notify', source, id, ...attributesOf(request), ...optional, data };
  return eventMessage(exchangeName.notify(namespace), name, event);
}

/** What a cancellation is made of. */
export type CancellationRequest = Target & Sent & { readonly workflow: string; readonly reason: string };

/** The cancellation as a message on `conveyor.cancel`. */
export function cancellationMessage(namespace: string, request: CancellationRequest) {
  const { workflow, source, id, reason } = request;
  const event = { type: 'conveyor.cancel', source, id, ...attributesOf(request), workflow, data: { reason } };
  return eventMessage(exchangeName.cancel(namespace), workflow, event);
}

// What start events, notifications and cancellations have in common: CloudEvents 1.0, structured JSON mode. By that standard an
// attribute that is null counts as absent, and attributes that we do not know are let be.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { SetAside } from '../core/errors.ts';
import { describeIssue } from '../core/issue.ts';
import type { JsonObject } from '../core/json.ts';
import { LIMITS } from '../core/limits.ts';
import { NAME_PATTERN } from '../core/names.ts';
import { parseJsonBody } from './json-body.ts';

export const EVENT_CONTENT_TYPE = 'application/cloudevents+json';

const atMost =
  (bytes: number) =>
  (text: string): boolean =>
    Buffer.byteLength(text) <= bytes;

/** A text that keeps what it is in UTF-8: half a surrogate pair becomes another character there, so that two ids become one. */
export const attribute = (bytes: number) =>
  z
    .string()
    .min(1)
    .refine((text) => text.isWellFormed(), { message: 'has half of a surrogate pair' })
    .refine(atMost(bytes), { message: `longer than ${bytes} bytes` })
    .meta({ maxLength: bytes });

/** The attributes that every event from outside has. */
export const commonAttributes = {
  specversion: z.literal('1.0'),
  id: attribute(LIMITS.eventAttributeBytes).describe('With `source`: the same pair again is ignored.'),
  source: attribute(LIMITS.eventAttributeBytes).describe('Who sends it, a URI reference.'),
  time: z.iso.datetime({ offset: true }).nullish(),
  datacontenttype: z
    .string()
    .regex(/^[^\s/;]+\/([^\s/;]+\+)?[jJ][sS][oO][nN]\s*(;|$)/)
    .nullish(),
  traceparent: attribute(64).nullish().describe('W3C trace context.'),
};

/**
 * What an event is known by: 128 bits of the SHA-256 of `source` and `id`, as base64url. Each is preceded by its length, so
 * that no two pairs collide by shifting characters from one to the other.
 */
export const eventKeyOf = (source: string, id: string): string =>
  createHash('sha256')
    .update(`${Buffer.byteLength(source)}:${source}${Buffer.byteLength(id)}:${id}`)
    .digest()
    .subarray(0, 16)
    .toString('base64url');

const isEventContentType = (contentType: string | undefined): boolean =>
  !contentType || /^application\/cloudevents\+json\s*(;|$)/i.test(contentType);

/**
 * An event from outside, held against its schema.
 * @throws SetAside `event-invalid`, `event-too-large`, naming the field
 */
export function parseEvent<Schema extends z.ZodType<{ readonly data?: unknown }>>(
  schema: Schema,
  body: Buffer,
  contentType: string | undefined,
): z.output<Schema> {
  if (body.length > LIMITS.eventBytes) {
    throw new SetAside('event-too-large', { field: 'body', bytes: body.length, limit: LIMITS.eventBytes });
  }
  if (!isEventContentType(contentType)) {
    throw invalidEvent(`content type: expected ${EVENT_CONTENT_TYPE}, got "${contentType}"`);
  }
  const parsed = schema.safeParse(parseJsonBody(body, 'event-invalid'));
  if (!parsed.success) throw invalidEvent(describeIssue(parsed.error));
  const dataBytes = Buffer.byteLength(JSON.stringify(parsed.data.data ?? null));
  if (dataBytes > LIMITS.dataBytes) {
    throw new SetAside('event-too-large', { field: 'data', bytes: dataBytes, limit: LIMITS.dataBytes });
  }
  return parsed.data;
}

/**
 * The name that an event is about. It stands in its routing key, and where it stands in the event too, both must agree.
 * @param what the attribute that may name it, which is also what it is a name of
 * @throws SetAside `event-invalid`
 */
export function nameFrom(routingKey: string, what: string, stated: string | null | undefined): string {
  const name = stated ?? routingKey;
  if (!NAME_PATTERN.test(name)) throw invalidEvent(`routing key: "${routingKey}" is not the name of a ${what}`);
  if (routingKey !== name) throw invalidEvent(`${what}: "${name}" does not agree with the routing key "${routingKey}"`);
  return name;
}

const invalidEvent = (problem: string): SetAside => new SetAside('event-invalid', { problem });

/** The attributes with which an event is sent. */
interface OutgoingEvent {
  readonly type: string;
  readonly source: string;
  readonly id: string;
  readonly subject?: string;
  readonly workflowid?: string;
  readonly workflow?: string;
  readonly workflowversion?: number;
  readonly data: JsonObject;
}

/** An event as a message. Mandatory: it is refused where nobody listens. */
export function eventMessage(exchange: string, routingKey: string, event: OutgoingEvent) {
  return {
    exchange,
    routingKey,
    body: Buffer.from(JSON.stringify({ specversion: '1.0', datacontenttype: 'application/json', ...event })),
    contentType: EVENT_CONTENT_TYPE,
    // Not the id: AMQP has room for 255 bytes there.
    messageId: eventKeyOf(event.source, event.id),
    mandatory: true,
  };
}

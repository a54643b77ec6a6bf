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
const attribute = (bytes: number) =>
  z
    .string()
    .min(1)
    .refine((text) => text.isWellFormed(), { message: 'has half of a surrogate pair' })
    .refine(atMost(bytes), { message: `longer than ${bytes} bytes` })
    .meta({ maxLength: bytes });

/**
 * A start event: CloudEvents 1.0, structured JSON mode, on `conveyor.start` with the workflow's name as routing key. By that
 * standard an attribute that is null counts as absent, and attributes that we do not know are let be.
 */
export const startEventSchema = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: attribute(LIMITS.eventAttributeBytes).describe('With `source`: the same pair again is ignored.'),
    source: attribute(LIMITS.eventAttributeBytes).describe('Who sends it, a URI reference.'),
    type: z.literal('conveyor.start'),
    subject: attribute(LIMITS.businessKeyBytes).describe('The business key, e.g. an order id.'),
    time: z.iso.datetime({ offset: true }).nullish(),
    datacontenttype: z
      .string()
      .regex(/^[^\s/;]+\/([^\s/;]+\+)?[jJ][sS][oO][nN]\s*(;|$)/)
      .nullish(),
    workflow: z.string().regex(NAME_PATTERN).nullish().describe('Must agree with the routing key.'),
    workflowversion: z
      .union([z.int().min(1).max(LIMITS.versions), z.string().regex(/^[1-9][0-9]{0,4}$/)])
      .nullish()
      .describe('Default: the highest active version.'),
    traceparent: attribute(64).nullish().describe('W3C trace context.'),
    // Not z.json(): `parseJsonBody` has looked through all of it.
    data: z.record(z.string(), z.unknown()).describe("The workflow's input."),
  })
  .describe('Start event: starts a workflow.');

/** A start event, checked for everything that needs no definition. */
export interface StartEvent {
  readonly workflowId: string;
  readonly eventId: string;
  readonly source: string;
  readonly businessKey: string;
  readonly workflow: string;
  readonly version: number | undefined;
  readonly traceparent: string | undefined;
  readonly input: JsonObject;
}

/**
 * The id of the workflow that a start event starts: 128 bits of the SHA-256 of `source` and `id`, as base64url. Each is preceded by
 * its length, so that no two pairs collide by shifting characters from one to the other.
 */
export const workflowIdOf = (source: string, id: string): string =>
  createHash('sha256')
    .update(`${Buffer.byteLength(source)}:${source}${Buffer.byteLength(id)}:${id}`)
    .digest()
    .subarray(0, 16)
    .toString('base64url');

const isEventContentType = (contentType: string | undefined): boolean =>
  !contentType || /^application\/cloudevents\+json\s*(;|$)/i.test(contentType);

/**
 * Parses a start event.
 * @throws SetAside `event-invalid`, `event-too-large`, naming the field
 */
export function decodeStartEvent(body: Buffer, contentType: string | undefined, routingKey: string): StartEvent {
  if (body.length > LIMITS.eventBytes) {
    throw new SetAside('event-too-large', { field: 'body', bytes: body.length, limit: LIMITS.eventBytes });
  }
  if (!isEventContentType(contentType)) {
    throw invalid(`content type: expected ${EVENT_CONTENT_TYPE}, got "${contentType}"`);
  }
  const parsed = startEventSchema.safeParse(parseJsonBody(body, 'event-invalid'));
  if (!parsed.success) throw invalid(describeIssue(parsed.error));
  const event = parsed.data;
  const workflow = event.workflow ?? routingKey;
  if (!NAME_PATTERN.test(workflow)) throw invalid(`routing key: "${routingKey}" is not the name of a workflow`);
  if (routingKey !== workflow)
    throw invalid(`workflow: "${workflow}" does not agree with the routing key "${routingKey}"`);
  const dataBytes = Buffer.byteLength(JSON.stringify(event.data));
  if (dataBytes > LIMITS.dataBytes) {
    throw new SetAside('event-too-large', { field: 'data', bytes: dataBytes, limit: LIMITS.dataBytes });
  }
  return {
    workflowId: workflowIdOf(event.source, event.id),
    eventId: event.id,
    source: event.source,
    businessKey: event.subject,
    workflow,
    version: isAbsent(event.workflowversion) ? undefined : Number(event.workflowversion),
    traceparent: event.traceparent ?? undefined,
    input: event.data as JsonObject, // it came out of parseJsonBody, so its unknown values are JSON
  };
}

const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined;

const invalid = (problem: string): SetAside => new SetAside('event-invalid', { problem });

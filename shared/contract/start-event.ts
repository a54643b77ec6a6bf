import { createHash } from 'node:crypto';
import { z } from 'zod';
import { SetAside } from '../core/errors.ts';
import { describeIssue } from '../core/issue.ts';
import { type JsonObject, jsonDepth } from '../core/json.ts';
import { LIMITS } from '../core/limits.ts';
import { NAME_PATTERN } from '../core/names.ts';

export const EVENT_CONTENT_TYPE = 'application/cloudevents+json';

const atMost =
  (bytes: number) =>
  (text: string): boolean =>
    Buffer.byteLength(text) <= bytes;
const attribute = (bytes: number) =>
  z
    .string()
    .min(1)
    .refine(atMost(bytes), { message: `longer than ${bytes} bytes` })
    .meta({ maxLength: bytes });

/** A start event: CloudEvents 1.0, structured JSON mode, on `conveyor.start` with the workflow's name as routing key. */
export const startEventSchema = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: attribute(LIMITS.eventAttributeBytes).describe('With `source`: the same pair again is ignored.'),
    source: attribute(LIMITS.eventAttributeBytes).describe('Who sends it, a URI reference.'),
    type: z.literal('conveyor.start'),
    subject: attribute(LIMITS.businessKeyBytes).describe('The business key, e.g. an order id.'),
    time: z.iso.datetime({ offset: true }).optional(),
    datacontenttype: z
      .string()
      .regex(/^application\/([a-z0-9.+-]+\+)?json\b/i)
      .optional(),
    workflow: z.string().regex(NAME_PATTERN).optional().describe('Must agree with the routing key.'),
    workflowversion: z
      .union([z.int().min(1).max(99_999), z.string().regex(/^[1-9][0-9]{0,4}$/)])
      .optional()
      .describe('Default: the highest active version.'),
    traceparent: z.string().max(64).optional(),
    data: z.record(z.string(), z.json()).describe("The workflow's input."),
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
  contentType === undefined || /^application\/cloudevents\+json\s*(;|$)/i.test(contentType);

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
  const event = parse(body);
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
    version: event.workflowversion === undefined ? undefined : Number(event.workflowversion),
    traceparent: event.traceparent,
    input: event.data,
  };
}

function parse(body: Buffer): z.infer<typeof startEventSchema> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw invalid(`body: not JSON (${(error as Error).message})`, error);
  }
  // Before zod, whose recursion over hostile nesting would cost the stack.
  if (jsonDepth(value, LIMITS.depth) > LIMITS.depth) throw invalid(`body: nested deeper than ${LIMITS.depth}`);
  const parsed = startEventSchema.safeParse(value);
  if (!parsed.success) throw invalid(describeIssue(parsed.error));
  return parsed.data;
}

const invalid = (problem: string, cause?: unknown): SetAside => new SetAside('event-invalid', { problem }, { cause });

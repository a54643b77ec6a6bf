import { z } from 'zod';
import type { JsonObject } from '../core/json.ts';
import { LIMITS } from '../core/limits.ts';
import { NAME_PATTERN } from '../core/names.ts';
import { attribute, commonAttributes, eventKeyOf, nameFrom, parseEvent } from './cloud-event.ts';

/** A start event, on `conveyor.start` with the workflow's name as routing key. */
export const startEventSchema = z
  .looseObject({
    ...commonAttributes,
    type: z.literal('conveyor.start'),
    subject: attribute(LIMITS.businessKeyBytes).describe('The business key, e.g. an order id.'),
    workflow: z.string().regex(NAME_PATTERN).nullish().describe('Must agree with the routing key.'),
    workflowversion: z
      .union([z.int().min(1).max(LIMITS.versions), z.string().regex(/^[1-9][0-9]{0,4}$/)])
      .nullish()
      .describe('Default: the highest active version.'),
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

/** The id of the workflow that a start event starts: what the event is known by. */
export const workflowIdOf = eventKeyOf;

/**
 * Parses a start event.
 * @throws SetAside `event-invalid`, `event-too-large`, naming the field
 */
export function decodeStartEvent(body: Buffer, contentType: string | undefined, routingKey: string): StartEvent {
  const event = parseEvent(startEventSchema, body, contentType);
  return {
    workflowId: workflowIdOf(event.source, event.id),
    eventId: event.id,
    source: event.source,
    businessKey: event.subject,
    workflow: nameFrom(routingKey, 'workflow', event.workflow),
    version: isAbsent(event.workflowversion) ? undefined : Number(event.workflowversion),
    traceparent: event.traceparent ?? undefined,
    input: event.data as JsonObject, // it came out of parseJsonBody, so its unknown values are JSON
  };
}

const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined;

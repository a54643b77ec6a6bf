import { z } from 'zod';
import { SetAside } from '../core/errors.ts';
import { describeIssue } from '../core/issue.ts';
import type { JsonObject } from '../core/json.ts';
import { LIMITS } from '../core/limits.ts';
import { NAME_PATTERN, STATE_PATTERN, WORKFLOW_ID_PATTERN } from '../core/names.ts';
import { parseJsonBody } from './json-body.ts';
import { isProbe, type Probe, parseProbe } from './probe.ts';

export const ENVELOPE_CONTENT_TYPE = 'application/json';

/** The message that carries a workflow to its next station, on `conveyor.work`. */
export const envelopeSchema = z
  .object({
    specversion: z.literal('1.0').describe('Version of this format.'),
    workflowId: z.string().regex(WORKFLOW_ID_PATTERN),
    workflow: z.string().regex(NAME_PATTERN).describe('Name of the workflow definition.'),
    version: z
      .int()
      .min(1)
      .max(LIMITS.versions)
      .describe('Version of the workflow definition that the workflow started with.'),
    businessKey: z.string().max(LIMITS.businessKeyBytes),
    step: z.int().min(1).max(LIMITS.history).describe('The step to be decided.'),
    attempt: z.int().min(1).max(LIMITS.attempts).describe('The attempt that this message is the right to.'),
    failures: z
      .int()
      .min(0)
      .max(LIMITS.attempts)
      .describe("Failed attempts of this step since the last operator's retry."),
    kind: z
      .enum(['run', 'compensate'])
      .describe('Whether the action is to be performed, or a step of it to be undone.'),
    action: z.string().regex(NAME_PATTERN),
    undoes: z
      .object({
        step: z.int().min(1).max(LIMITS.steps),
        performed: z.enum(['committed', 'possibly']).describe('Whether it is known that the step was performed.'),
      })
      .optional()
      .describe('The step that is to be undone. There when the kind is `compensate`.'),
    state: z.string().regex(STATE_PATTERN).describe('The state in which the workflow stands.'),
    // Not z.json(): `parseJsonBody` has looked through it, and walking it again would cost every hop.
    data: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("The workflow's data. Absent when it is large or was delayed: then it is read from the last snapshot."),
    sentAt: z.int().min(0).describe('When it was published, milliseconds since 1970 by the sender’s clock.'),
    startedAt: z.int().min(0).optional().describe('When the workflow started, milliseconds since 1970.'),
    deadline: z.int().min(0).optional().describe('When the workflow should have ended, milliseconds since 1970.'),
    traceparent: z.string().max(64).optional().describe('W3C trace context.'),
  })
  .refine(({ kind, undoes }) => kind !== 'compensate' || undoes !== undefined, {
    path: ['undoes'],
    message: 'a message of kind "compensate" must say which step it undoes',
  })
  .meta({
    description: 'Envelope: carries a workflow to its next station.',
    // The rule above, for those who read the published schema.
    anyOf: [
      { type: 'object', properties: { kind: { const: 'run' } } },
      { type: 'object', properties: { undoes: { type: 'object' } }, required: ['undoes'] },
    ],
  });

export interface Envelope extends Omit<z.infer<typeof envelopeSchema>, 'data'> {
  readonly data?: JsonObject | undefined;
}

/** Parses what came to a station. @throws SetAside `envelope-invalid` naming the field */
export function decodeStationMessage(body: Buffer): Envelope | Probe {
  if (body.length > LIMITS.envelopeBytes) {
    throw new SetAside('envelope-invalid', {
      problem: `body: has ${body.length} bytes; the limit is ${LIMITS.envelopeBytes}`,
    });
  }
  const value = parseJsonBody(body, 'envelope-invalid');
  return isProbe(value) ? parseProbe(value) : parseEnvelope(value);
}

function parseEnvelope(value: unknown): Envelope {
  const parsed = envelopeSchema.safeParse(value);
  if (!parsed.success) throw new SetAside('envelope-invalid', { problem: describeIssue(parsed.error) });
  return parsed.data as Envelope; // `data` came out of parseJsonBody, so its unknown values are JSON
}

export const encodeEnvelope = (envelope: Envelope): Buffer => Buffer.from(JSON.stringify(envelope));

/** What a copy of this message is called, wherever it travels. */
export const envelopeId = (envelope: Envelope): string => `${envelope.workflowId}/${envelope.step}/${envelope.attempt}`;

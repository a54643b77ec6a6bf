import { z } from 'zod';
import { DURATION_PATTERN, type Duration, durationMs } from './duration.ts';
import { Refused } from './errors.ts';
import { schemaProblem } from './input-schema.ts';
import { describeIssue } from './issue.ts';
import { deepFreeze, type JsonSchema, jsonBytes, jsonDepth } from './json.ts';
import { compileProblem } from './json-schema-check.ts';
import { LIMITS } from './limits.ts';
import { NAME_PATTERN, STATE_PATTERN } from './names.ts';
import { COMPENSATE, END_STATUSES, type StateDefinition, type WorkflowDefinition } from './workflow-definition.ts';

const name = z.string().regex(NAME_PATTERN, 'must match [a-z][a-z0-9-]{0,63}');
const stateName = z.string().regex(STATE_PATTERN, 'must match [a-z][a-z0-9-]{0,63}');

const choice = z.strictObject({
  when: z.exactOptional(z.string().min(1)).describe('A CEL expression over the data. Absent on the last choice.'),
  action: name,
  to: stateName.describe('The state that the completed action leads to.'),
  onFailure: z
    .exactOptional(z.record(name, stateName))
    .describe('The state that each declared failure leads to, or `compensate`: undo what was done, and end as failed.'),
});
const reason = z.string().min(1).max(LIMITS.reasonBytes);
const cancel = z
  .union([z.literal(COMPENSATE), z.strictObject({ to: stateName }), z.strictObject({ refuse: reason })], {
    error: 'must be "compensate", { to: <state> } or { refuse: <reason> }',
  })
  .describe('What a cancellation means here: undo what was done, go to a state, or refuse with a reason (default).');
export const endStateSchema = z.strictObject({ end: z.enum(END_STATUSES) });
export const choicesStateSchema = z.strictObject({
  choices: z.array(choice).min(1).max(LIMITS.choices),
  cancel: z.exactOptional(cancel),
});

/** By what the author meant, so that a mistake is named where it is, and not as "fits none of two". */
const state = z.unknown().transform((value, context): StateDefinition => {
  const meant = typeof value === 'object' && value !== null && 'end' in value ? endStateSchema : choicesStateSchema;
  const parsed = meant.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.addIssue({ ...issue });
  return z.NEVER;
});

const deadline = z
  .string()
  .regex(DURATION_PATTERN, { abort: true, message: 'must be a duration, e.g. "90m", "2h" or "30d"' })
  .refine((text) => isDeadline(durationMs(text, 'deadline')), { message: 'must be from 1 ms to 300 days' })
  // The pattern lets nothing else through.
  .transform((text) => text as Duration)
  .describe('How long a workflow may take; then it is cancelled, by the rule of the state that it stands in.');

const isDeadline = (ms: number): boolean => ms >= 1 && ms <= LIMITS.waitMs;

const input = z.unknown().transform((value, context): JsonSchema => {
  const message = inputProblem(value);
  if (message) context.addIssue({ code: 'custom', message });
  // Every rule for a JSON Schema has just been checked.
  return value as JsonSchema;
});

function inputProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value) || value.type !== 'object') {
    return 'must be a JSON Schema of type "object": a start event carries fields';
  }
  const bytes = jsonBytes(value);
  if (bytes > LIMITS.inputSchemaBytes) return `has ${bytes} bytes; the limit is ${LIMITS.inputSchemaBytes}`;
  return schemaProblem(value, 'schema', {}) ?? compileProblem(value);
}

/** A workflow definition as JSON from outside. What it means is checked by `checkDefinition`. */
export const definitionSchema = z.strictObject({
  name,
  version: z.int().min(1).max(LIMITS.versions).describe('A registered name and version never changes.'),
  input: input.describe("JSON Schema 2020-12 of the start event's data."),
  announce: z.enum(['milestones', 'steps']).default('milestones').describe('Which lifecycle events are published.'),
  deadline: z.exactOptional(deadline),
  initial: stateName,
  states: z
    .record(stateName, state)
    .refine(
      (states) => Object.keys(states).length <= LIMITS.steps,
      `a definition may have ${LIMITS.steps} states at most`,
    ),
});

/**
 * Reads a definition that comes from outside, frozen. Bounded: hostile input costs no more than its size.
 * @throws Refused `definition-invalid`, naming the field
 */
export function parseDefinition(value: unknown): WorkflowDefinition {
  const refuse = (problem: string): Refused => new Refused('definition-invalid', { workflow: nameOf(value), problem });
  if (jsonDepth(value, LIMITS.depth) > LIMITS.depth) throw refuse(`It is nested deeper than ${LIMITS.depth}.`);
  const json = JSON.stringify(value) ?? '';
  const bytes = Buffer.byteLength(json);
  if (bytes > LIMITS.definitionBytes) throw refuse(`It has ${bytes} bytes; the limit is ${LIMITS.definitionBytes}.`);
  // zod passes over such a key, and a definition means what its author sees.
  if (json.includes('"__proto__":')) throw refuse('No field may be called __proto__.');
  const parsed = definitionSchema.safeParse(value);
  if (!parsed.success) throw refuse(`${describeIssue(parsed.error, 'definition')}.`);
  return deepFreeze(parsed.data);
}

const nameOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
    ? value.name.slice(0, 64)
    : '?';

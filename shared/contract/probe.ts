import { z } from 'zod';
import { SetAside } from '../core/errors.ts';
import { describeIssue } from '../core/issue.ts';
import { NAME_PATTERN } from '../core/names.ts';

/**
 * A message that the steward sends through a station's work queue, to learn that the queue has moved past that moment: what was
 * sent well before it and was not taken is lost, and not only in a long queue. The worker records `sentAt` and acknowledges.
 */
export const probeSchema = z
  .object({
    specversion: z.literal('1.0').describe('Version of this format.'),
    kind: z.literal('probe'),
    action: z.string().regex(NAME_PATTERN),
    sentAt: z.int().min(0).describe('When it was published, milliseconds since 1970 by the sender’s clock.'),
  })
  .describe('Probe: shows the steward how far a work queue has moved; it carries no workflow.');
export type Probe = z.infer<typeof probeSchema>;

/** Whether a message on a work queue means to be a probe. */
export const isProbe = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'probe';

/** @throws SetAside `envelope-invalid` naming the field */
export function parseProbe(value: unknown): Probe {
  const parsed = probeSchema.safeParse(value);
  if (!parsed.success) throw new SetAside('envelope-invalid', { problem: describeIssue(parsed.error) });
  return parsed.data;
}

export const encodeProbe = (probe: Probe): Buffer => Buffer.from(JSON.stringify(probe));

/** What a copy of this message is called. */
export const probeId = ({ action, sentAt }: Probe): string => `probe/${action}/${sentAt}`;

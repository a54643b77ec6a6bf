import { z } from 'zod';
import { SetAside } from '../core/errors.ts';
import { describeIssue } from '../core/issue.ts';
import { LIMITS } from '../core/limits.ts';
import { NAME_PATTERN, STATE_PATTERN, WORKFLOW_ID_PATTERN } from '../core/names.ts';
import { delayRoute, type LadderOptions } from './delay-ladder.ts';
import { ENVELOPE_CONTENT_TYPE } from './envelope.ts';
import { parseJsonBody } from './json-body.ts';
import { waitAddress } from './topology.ts';

/**
 * The message that stands for a wait on the delay ladder and in the station's wait queue: there is one per wait, due at its next
 * poll or at its end. It carries no data, since it rests for up to 300 days, and says nothing that the journal does not know.
 */
export const ticketSchema = z
  .object({
    specversion: z.literal('1.0').describe('Version of this format.'),
    workflowId: z.string().regex(WORKFLOW_ID_PATTERN),
    workflow: z.string().regex(NAME_PATTERN).describe('Name of the workflow definition.'),
    version: z.int().min(1).max(LIMITS.versions).describe('Version of the workflow definition.'),
    businessKey: z.string().max(LIMITS.businessKeyBytes),
    step: z.int().min(1).max(LIMITS.history).describe('The step that waits.'),
    ticket: z.int().min(1).describe('Its number: any but the one that the journal names for the wait is void.'),
    action: z.string().regex(NAME_PATTERN),
    state: z.string().regex(STATE_PATTERN).describe('The state in which the workflow waits.'),
  })
  .describe('Ticket: calls up a wait when it is due, at `conveyor.wait.<action>`.');
export type Ticket = z.infer<typeof ticketSchema>;

/** Parses what came to a wait queue. @throws SetAside `ticket-invalid` naming the field */
export function decodeTicket(body: Buffer): Ticket {
  if (body.length > LIMITS.ticketBytes) {
    throw new SetAside('ticket-invalid', {
      problem: `body: has ${body.length} bytes; the limit is ${LIMITS.ticketBytes}`,
    });
  }
  const parsed = ticketSchema.safeParse(parseJsonBody(body, 'ticket-invalid'));
  if (!parsed.success) throw new SetAside('ticket-invalid', { problem: describeIssue(parsed.error) });
  return parsed.data;
}

export const encodeTicket = (ticket: Ticket): Buffer => Buffer.from(JSON.stringify(ticket));

/** What a copy of this message is called, wherever it travels. */
export const ticketId = ({ workflowId, step, ticket }: Ticket): string => `${workflowId}/${step}/ticket/${ticket}`;

/** A wait's ticket as a message that reaches the wait queue of its station after `delayMs`, by the delay ladder. Of the wait only what a ticket says. */
export function ticketMessage(
  namespace: string,
  { workflowId, workflow, version, businessKey, step, ticket: number, action, state }: Omit<Ticket, 'specversion'>,
  delayMs: number,
  ladder?: LadderOptions,
) {
  const ticket: Ticket = {
    specversion: '1.0',
    workflowId,
    workflow,
    version,
    businessKey,
    step,
    ticket: number,
    action,
    state,
  };
  return {
    ...delayRoute(namespace, delayMs, waitAddress(action), ladder),
    body: encodeTicket(ticket),
    contentType: ENVELOPE_CONTENT_TYPE,
    messageId: ticketId(ticket),
    mandatory: true,
  };
}

import { z } from 'zod';
import { NAME_PATTERN, WORKFLOW_ID_PATTERN } from '../core/names.ts';
import { EVENT_CONTENT_TYPE } from './cloud-event.ts';

/** What is announced of a workflow. Milestones always; `advanced`, `retrying` and `compensated` when its definition says `steps`. */
export const LIFECYCLE_EVENTS = [
  'started',
  'advanced',
  'waiting',
  'resumed',
  'retrying',
  'parked',
  'cancelling',
  'compensated',
  'succeeded',
  'failed',
  'cancelled',
] as const;
export type LifecycleEventName = (typeof LIFECYCLE_EVENTS)[number];

/** A lifecycle event: CloudEvents 1.0 on `conveyor.events`, routing key `<workflow>.<event>`. At least once, in order per workflow. */
export const lifecycleEventSchema = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string().describe('`<workflow id>/<step>/<attempt>/<event>`: the same event again has the same id.'),
    source: z.string().describe('`/conveyor/<namespace>`'),
    type: z.enum(LIFECYCLE_EVENTS.map((name) => `conveyor.workflow.${name}` as const)),
    subject: z.string().describe('The business key.'),
    time: z.iso.datetime(),
    datacontenttype: z.literal('application/json'),
    workflowid: z.string().regex(WORKFLOW_ID_PATTERN),
    data: z.object({
      workflow: z.string().regex(NAME_PATTERN),
      version: z.int(),
      state: z.string(),
      step: z.int().min(0),
      action: z.string().optional(),
      code: z
        .string()
        .optional()
        .describe('Why it was parked or retried, the failure with which a step ended, or what resumed it.'),
      reason: z.string().optional(),
    }),
  })
  .describe('Lifecycle event: tells what became of a workflow.');
export type LifecycleEvent = z.infer<typeof lifecycleEventSchema>;

/** What a lifecycle event is made of. */
export interface Announcement {
  readonly event: LifecycleEventName;
  readonly workflowId: string;
  readonly businessKey: string;
  readonly step: number;
  readonly attempt: number;
  readonly data: LifecycleEvent['data'];
}

/** The event as a message on `conveyor.events`. Not mandatory: nobody needs to listen. */
export function lifecycleMessage(namespace: string, exchange: string, announcement: Announcement, now: number) {
  const { event, workflowId, businessKey, step, attempt, data } = announcement;
  const id = `${workflowId}/${step}/${attempt}/${event}`;
  const body: LifecycleEvent = {
    specversion: '1.0',
    id,
    source: `/conveyor/${namespace}`,
    type: `conveyor.workflow.${event}`,
    subject: businessKey,
    time: new Date(now).toISOString(),
    datacontenttype: 'application/json',
    workflowid: workflowId,
    data,
  };
  return {
    exchange,
    routingKey: `${data.workflow}.${event}`,
    body: Buffer.from(JSON.stringify(body)),
    contentType: EVENT_CONTENT_TYPE,
    messageId: id,
    mandatory: false,
  };
}

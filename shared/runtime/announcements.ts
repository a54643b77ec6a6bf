import type { Envelope } from '../contract/envelope.ts';
import type { Announcement, LifecycleEvent, LifecycleEventName } from '../contract/lifecycle-event.ts';
import type { WorkflowDefinition } from '../core/workflow-definition.ts';
import type { Head } from '../journal/records.ts';

/** That a workflow is on the line: before its first step, and of no attempt. */
export function startAnnouncement(head: Head, { initial }: WorkflowDefinition): Announcement {
  const { workflowId, businessKey, workflow, version } = head;
  const data = { workflow, version, state: initial, step: 0 };
  return { event: 'started', workflowId, businessKey, step: 0, attempt: 0, data };
}

/**
 * What became of the attempt that an envelope is the right to.
 * @param details what the envelope does not say: why, and the state when the step has led to another one than it began in
 */
export function stepAnnouncement(
  event: Exclude<LifecycleEventName, 'started'>,
  envelope: Envelope,
  details: Partial<Pick<LifecycleEvent['data'], 'state' | 'code' | 'reason'>> = {},
): Announcement {
  const { workflowId, businessKey, workflow, version, step, attempt, action, state } = envelope;
  const data = { workflow, version, step, action, state, ...details };
  return { event, workflowId, businessKey, step, attempt, data };
}

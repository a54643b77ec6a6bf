import type { Envelope } from '../contract/envelope.ts';
import { chooseEdge } from '../core/conditions.ts';
import { enter, type Next, type Position } from '../core/transition.ts';
import type { WorkflowDefinition } from '../core/workflow-definition.ts';
import type { Head } from '../journal/records.ts';

/**
 * The envelope with which a workflow comes onto the line.
 * @throws Parks `condition-failed`: its definition was never checked against its input
 */
export function firstEnvelope(head: Head, definition: WorkflowDefinition, now: number): Envelope {
  const { initial, name, version } = definition;
  const { next } = enter(definition, initial, head.input, chooseEdge);
  // The checks of a definition refuse an initial state that is an end.
  if (!('action' in next)) throw new TypeError(`definition ${name}/${version} begins with an end`);
  return envelopeAt(head, { step: 1, attempt: 1, action: next.action, state: initial, data: head.input }, now);
}

/** The envelope of a workflow that stands before an attempt of one of its steps; failures count from 0. */
export function envelopeAt(
  head: Head,
  { step, attempt, action, state, data }: Pick<Envelope, 'step' | 'attempt' | 'action' | 'state' | 'data'>,
  now: number,
): Envelope {
  return {
    specversion: '1.0',
    workflowId: head._id,
    workflow: head.workflow,
    version: head.version,
    businessKey: head.businessKey,
    step,
    attempt,
    failures: 0,
    kind: 'run',
    action,
    state,
    data,
    sentAt: now,
    startedAt: head.startedAt.getTime(),
    ...(head.deadline === undefined ? {} : { deadline: head.deadline.getTime() }),
    ...(head.traceparent === undefined ? {} : { traceparent: head.traceparent }),
  };
}

/** The first envelope of the next step: for the action that comes next, or for the undoing of a step. */
export function nextStepEnvelope(
  envelope: Envelope,
  { state, data }: Pick<Position, 'state' | 'data'>,
  next: Exclude<Next, { end: unknown }>,
): Envelope {
  const common = { ...envelope, step: envelope.step + 1, attempt: 1, failures: 0, state, data };
  if ('action' in next) return { ...common, kind: 'run', action: next.action, undoes: undefined };
  const { compensate: action, step, performed } = next;
  return { ...common, kind: 'compensate', action, undoes: { step, performed } };
}

/** The envelope of the same step's next attempt. @param failures of the step, all before that attempt */
export const nextAttemptEnvelope = (envelope: Envelope, failures: number): Envelope => ({
  ...envelope,
  attempt: envelope.attempt + 1,
  failures,
});

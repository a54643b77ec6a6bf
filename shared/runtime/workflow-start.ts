import type { StartEvent } from '../contract/start-event.ts';
import { chooseEdge } from '../core/conditions.ts';
import { Parks, SetAside } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { checkJson } from '../core/json-schema-check.ts';
import { enter } from '../core/transition.ts';
import { deadlineMs, type WorkflowDefinition } from '../core/workflow-definition.ts';
import type { DefinitionRecord, Head } from '../journal/records.ts';
import type { Acting } from './acting.ts';
import { startAnnouncement } from './announcements.ts';
import { firstEnvelope } from './envelopes.ts';
import { followIfParked, handOnOrPark } from './parking.ts';
import { pauseAt } from './pause-points.ts';
import { untilKnown } from './right-to-act.ts';

/**
 * Why a definition does not take an input. Conditions that cannot be evaluated are refused at the door, too: there is no step
 * yet at which the workflow could be parked.
 */
export function refusalOf(definition: WorkflowDefinition, input: JsonObject): SetAside | undefined {
  const problem = checkJson(definition.input, input, 'data');
  if (problem) return new SetAside('event-invalid', { problem });
  try {
    enter(definition, definition.initial, input, chooseEdge);
    return undefined;
  } catch (error) {
    if (!(error instanceof Parks)) throw error;
    return new SetAside('event-invalid', { problem: error.message }, { cause: error });
  }
}

/** Starts a workflow whose definition takes the event's input: the head is inserted, and only then the first envelope sent. */
export async function startWorkflow(acting: Acting, event: StartEvent, record: DefinitionRecord): Promise<void> {
  const { line, right, workerId } = acting;
  const where = { workflowId: event.workflowId, step: 1, attempt: 1, worker: workerId };
  await line.points.reached('start-accepted', where);
  const head = headOf(event, record, line.clock.now());
  const inserted = await untilKnown(() => line.writes.insertHead(head), right);
  await line.points.reached('head-inserted', where);
  if (inserted === 'duplicate') return void (await followDuplicate(acting, event.workflowId));
  line.metrics.startHandled(record.name, 'started');
  await handOnFirst(acting, head, record);
}

/**
 * The same event again: the first one may have died before its envelope was out. What runs already is left alone. False: there is
 * no such workflow (or no more: then it has ended long ago).
 */
export async function followDuplicate(acting: Acting, workflowId: string): Promise<boolean> {
  const { line, right } = acting;
  const { reads, definitions, metrics } = line;
  const head = await untilKnown(() => reads.head(workflowId), right);
  if (!head) return false;
  metrics.startHandled(head.workflow, 'duplicate');
  const record = await untilKnown(() => definitions.find(head.workflow, head.version), right);
  if (!record) return true;
  if (!(await untilKnown(() => reads.isAttempted({ workflowId, step: 1 }), right)))
    await handOnFirst(acting, head, record);
  else await followIfParked(acting, firstEnvelope(head, record.definition, line.clock.now()));
  return true;
}

async function handOnFirst(acting: Acting, head: Head, { definition }: DefinitionRecord): Promise<void> {
  await acting.sender.announce(startAnnouncement(head, definition));
  const first = firstEnvelope(head, definition, acting.line.clock.now());
  await pauseAt(acting, 'start-announced', first);
  await handOnOrPark(acting, first);
}

function headOf(event: StartEvent, { name, version, definition }: DefinitionRecord, now: number): Head {
  const lastsMs = deadlineMs(definition);
  const { workflowId, businessKey, source, eventId, input, traceparent } = event;
  return {
    _id: workflowId,
    workflow: name,
    version,
    businessKey,
    status: 'running',
    input,
    source,
    eventId,
    ...(traceparent === undefined ? {} : { traceparent }),
    startedAt: new Date(now),
    ...(lastsMs === undefined ? {} : { deadline: new Date(now + lastsMs) }),
    workflowId,
  };
}

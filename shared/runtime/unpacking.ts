import type { Delivery } from '../broker/broker.ts';
import { decodeStationMessage, type Envelope } from '../contract/envelope.ts';
import type { Probe } from '../contract/probe.ts';
import { SetAside } from '../core/errors.ts';
import { stepProblem, undoProblem } from '../core/itinerary.ts';
import type { JsonObject } from '../core/json.ts';
import type { WorkflowDefinition } from '../core/workflow-definition.ts';
import { mustBeAlone } from './claim.ts';
import { countIn } from './count-header.ts';
import { untilKnown } from './right-to-act.ts';
import { RETURNS_HEADER } from './sender.ts';
import type { StationContext } from './station-context.ts';
import { findDecision } from './step-view.ts';
import { findUndoing } from './undoing.ts';
import type { Visit } from './visit.ts';

/** What a delivery was found to be. */
export interface Unpacked {
  readonly visit: Visit;
  /** The workflow's data before the step, whether it came along or not. */
  readonly data: JsonObject;
}

/**
 * Makes a visit of what came to a station, unless it is a probe. Writes nothing, and may be repeated.
 * @throws SetAside when it is neither, not for this station, of no workflow that there is, or cannot be true
 */
export async function unpack(context: StationContext, delivery: Delivery): Promise<Unpacked | Probe> {
  const envelope = decode(context, delivery);
  if (envelope.kind === 'probe') return envelope;
  await context.pause('received', envelope);
  const data = await complete(context, envelope);
  const visit = await visitOf(context, envelope, returnsOf(delivery));
  return { visit, data };
}

/** How often the message came back. */
export const returnsOf = (delivery: Delivery): number => Math.min(countIn(delivery, RETURNS_HEADER), 1_000);

/** Undecodable: SetAside. A message for another action came by a wrong binding; its own station would not see it. */
function decode(context: StationContext, delivery: Delivery): Envelope | Probe {
  const message = decodeStationMessage(delivery.body);
  const station = context.action.name;
  if (message.action === station) return message;
  throw new SetAside('envelope-foreign', { action: message.action, station });
}

/**
 * The workflow's data: from the envelope, or else from the journal. A message older than half the retention proves first that its
 * workflow is still there: a copy that outlived it would claim attempt 1 and perform again.
 */
async function complete(context: StationContext, envelope: Envelope): Promise<JsonObject> {
  const { line, right } = context;
  const { workflowId, step } = envelope;
  const isOld = line.clock.now() - envelope.sentAt > line.retentionMs / 2;
  if (envelope.data !== undefined && !isOld) return envelope.data;
  const head = await untilKnown(() => line.reads.head(workflowId), right);
  if (!head) throw new SetAside('workflow-removed', { workflow: workflowId });
  if (envelope.data !== undefined) return envelope.data;
  if (step === 1) return head.input;
  const before = await findDecision(context, { workflowId, step: step - 1 });
  if (before) return before.data;
  // An envelope of ours is sent after that snapshot is kept.
  throw new SetAside('envelope-invalid', { problem: `step: ${step}, but the journal has no step ${step - 1}` });
}

/**
 * Whoever may write to the work exchange is trusted; but what cannot be true is set aside before anything is written or
 * performed for it.
 */
async function visitOf(context: StationContext, envelope: Envelope, returns: number): Promise<Visit> {
  const { line, right } = context;
  const record = await untilKnown(() => line.definitions.find(envelope.workflow, envelope.version), right);
  const problem = record ? impossible(record.definition, envelope) : await foreignProblem(context, envelope);
  if (problem) throw new SetAside('envelope-invalid', { problem });
  const undoing = await findUndoing(context, envelope);
  const alone = await mustBeAlone(context, envelope);
  return { envelope, definition: record?.definition ?? null, alone, returns, ...(undoing ? { undoing } : {}) };
}

const impossible = (definition: WorkflowDefinition, envelope: Envelope): string | undefined =>
  envelope.kind === 'compensate' && envelope.undoes
    ? undoProblem(definition, { ...envelope, undoes: envelope.undoes.step })
    : stepProblem(definition, envelope);

/**
 * Why an envelope cannot be true whose definition is not in the journal: it names another one than its workflow was started with.
 * Undefined when it names the right one: then the journal has lost it, and the workflow is parked over that.
 */
async function foreignProblem(
  { line, right }: StationContext,
  { workflowId, workflow, version }: Envelope,
): Promise<string | undefined> {
  const head = await untilKnown(() => line.reads.head(workflowId), right);
  if (!head) throw new SetAside('workflow-removed', { workflow: workflowId });
  if (head.workflow === workflow && head.version === version) return undefined;
  return `workflow: ${workflow} version ${version}, but ${workflowId} is one of ${head.workflow} version ${head.version}`;
}

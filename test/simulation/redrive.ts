import { type Envelope, encodeEnvelope, envelopeId } from '../../shared/contract/envelope.ts';
import { exchangeName } from '../../shared/contract/topology.ts';
import { chooseEdge } from '../../shared/core/conditions.ts';
import { enter, type Position } from '../../shared/core/transition.ts';
import type { WorkflowDefinition } from '../../shared/core/workflow-definition.ts';
import type { WorkflowHistory } from '../../shared/journal/records.ts';
import { standingOf } from '../../shared/runtime/standing.ts';
import type { TestLine } from '../support/test-line.ts';
import { NAMESPACE } from '../support/test-process.ts';

/**
 * Sends again, from the journal alone, what should be moving and is not. A write that lands after its sender was given up can
 * leave a decided step beside a parked one, with no message that would follow it; only this heals it.
 * @returns how many workflows were moved
 */
export async function redrive(line: TestLine, definitions: readonly WorkflowDefinition[]): Promise<number> {
  let moved = 0;
  for await (const history of line.journal.scanHistories()) {
    if (!isDue(history)) continue;
    const definition = definitions.find(({ name }) => name === history.head.workflow);
    if (!definition) continue;
    const envelope = dueOf(history, definition, line.clock.now());
    await line.until(
      line.broker.publish({
        exchange: exchangeName.work(NAMESPACE),
        routingKey: `${envelope.workflow}.${envelope.action}`,
        body: encodeEnvelope(envelope),
        contentType: 'application/json',
        messageId: envelopeId(envelope),
        mandatory: true,
      }),
    );
    moved += 1;
  }
  return moved;
}

function isDue(history: WorkflowHistory): boolean {
  const standing = standingOf(history);
  return standing.kind === 'running' || (standing.kind === 'ended' && history.head.status !== standing.status);
}

/** The last attempt of the current step; of a step that nobody has taken, the decision before it, which is followed again. */
function dueOf({ head, attempts, snapshots }: WorkflowHistory, definition: WorkflowDefinition, now: number): Envelope {
  const start: Position = enter(definition, definition.initial, head.input, chooseEdge);
  const positions: Position[] = [start, ...snapshots];
  const last = attempts.findLast(({ step }) => step === snapshots.length + 1);
  const decided = snapshots.at(-1);
  const step = last || !decided ? snapshots.length + 1 : snapshots.length;
  const { state, data, next } = positions[step - 1] ?? start;
  return {
    specversion: '1.0',
    workflowId: head._id,
    workflow: head.workflow,
    version: head.version,
    businessKey: head.businessKey,
    step,
    attempt: last?.attempt ?? decided?.attempt ?? 1,
    failures: 0,
    kind: 'run',
    action: 'action' in next ? next.action : '',
    state,
    data,
    sentAt: now,
  };
}

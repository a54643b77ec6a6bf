// A workflow that cannot be looked after, in any round: it holds up no other.
import { describe, expect, it } from '@jest/globals';
import type { IntentRecord } from '../../../../shared/journal/intent-record.ts';
import type { Acting } from '../../../../shared/runtime/acting.ts';
import { silentLog } from '../../../../shared/runtime/log.ts';
import type { Cancellations } from '../../../../shared/runtime/steward/cancellations.ts';
import { OpenRequests } from '../../../../shared/runtime/steward/open-requests.ts';
import { PassedDeadlines } from '../../../../shared/runtime/steward/passed-deadlines.ts';
import type { Round } from '../../../../shared/runtime/steward/round.ts';
import { UnattendedRequests } from '../../../../shared/runtime/steward/unattended-requests.ts';
import { orderWorkflow } from '../../../support/cancel-scene.ts';
import { TestLine } from '../../../support/test-line.ts';

/** More than are looked at together. */
const COUNT = 150;

type MakeRound = (acting: Acting, cancellations: Cancellations, requests: OpenRequests) => Round;

/** Goes a round in which all workflows but the last one fail; resolves to those that were answered, and those that the log names. */
async function runWithFailures(line: TestLine, make: MakeRound) {
  const answered: string[] = [];
  const logged: unknown[] = [];
  const { acting } = line.addOperator();
  const log = { ...silentLog, error: (details: object) => logged.push(details) };
  const logging: Acting = { ...acting, line: { ...acting.line, log } };
  const consider = async ({ workflowId }: IntentRecord): Promise<'answered'> => {
    if (workflowId !== `order-${COUNT}`) throw new Error('it always fails');
    answered.push(workflowId);
    return 'answered';
  };
  // A class with private parts, of which the round calls nothing else.
  const cancellations = { consider } as unknown as Cancellations;
  const round = make(logging, cancellations, new OpenRequests(logging));
  await line.until(round.run(new AbortController().signal));
  return { answered, logged };
}

const orders = Array.from({ length: COUNT }, (_, index) => `order-${index + 1}`);

describe('a workflow that cannot be looked after', () => {
  it('keeps no other request from its turn, and is named in the log', async () => {
    const line = new TestLine();
    const requestedAt = (index: number): Date => new Date(line.clock.now() + index - 3_600_000);
    await line.journal.insertIntents(
      orders.map((workflowId, index) => ({
        _id: workflowId,
        workflowId,
        reason: 'changed my mind',
        source: '/test',
        eventId: workflowId,
        requestedAt: requestedAt(index),
        at: 0,
        state: 'open',
      })),
    );
    const { answered, logged } = await runWithFailures(line, (...given) => new UnattendedRequests(...given));
    expect(answered).toEqual([`order-${COUNT}`]);
    expect(logged).toHaveLength(COUNT - 1);
    expect(logged).toContainEqual(expect.objectContaining({ workflowId: 'order-1' }));
  });

  it('keeps no other deadline from its turn, and is named in the log', async () => {
    const line = new TestLine();
    await line.prepare([orderWorkflow()]);
    const now = line.clock.now();
    await line.journal.insertHeads(
      orders.map((workflowId, index) => ({
        _id: workflowId,
        workflowId,
        workflow: 'order',
        version: 1,
        businessKey: workflowId,
        status: 'running',
        input: {},
        source: '/test',
        eventId: workflowId,
        startedAt: new Date(now - 7_200_000),
        deadline: new Date(now + index - 3_600_000),
      })),
    );
    const { answered, logged } = await runWithFailures(line, (...given) => new PassedDeadlines(...given));
    expect(answered).toEqual([`order-${COUNT}`]);
    expect(logged).toHaveLength(COUNT - 1);
    expect(logged).toContainEqual(expect.objectContaining({ workflowId: 'order-1' }));
  });
});

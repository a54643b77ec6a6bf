// The way back: a failure that leads to `compensate`, and each undoing as a step with attempts, retries, parking and a key of its own.
import { describe, expect, it } from '@jest/globals';
import { ENVELOPE_CONTENT_TYPE, type Envelope, encodeEnvelope } from '../../shared/contract/envelope.ts';
import { exchangeName } from '../../shared/contract/topology.ts';
import type { CompensateCall } from '../../shared/core/action-calls.ts';
import { failed, retry } from '../../shared/core/outcome.ts';
import { retryParked } from '../../shared/runtime/operator/retry.ts';
import type { PausePoint } from '../../shared/runtime/pause-points.ts';
import { CancelScene, type CancelSceneOptions, expectInOrder } from '../support/cancel-scene.ts';
import { Latch } from '../support/latch.ts';
import { UNTIL_DEAD_MS } from '../support/scene-checks.ts';
import { NAMESPACE } from '../support/test-process.ts';

const declines = { pay: () => failed('declined', 'no money') } as const;

async function declined(options: CancelSceneOptions = {}): Promise<{ scene: CancelScene; id: string }> {
  const scene = await CancelScene.open({ ...options, run: { ...declines, ...options.run } });
  return { scene, id: await scene.order() };
}

async function expectUndone(scene: CancelScene, id: string): Promise<void> {
  await expectInOrder(scene, [id]);
  expect(await scene.status(id)).toBe('failed');
  expect(scene.ledger.left).toEqual([]);
}

describe('a failure that leads back', () => {
  it('undoes what was done, keeps the failure, and ends failed', async () => {
    const { scene, id } = await declined();
    await scene.worker('worker-1');
    await expectUndone(scene, id);
    const { snapshots } = await scene.line.history(id);
    expect(snapshots[1]).toMatchObject({
      kind: 'run',
      state: 'reserved',
      failure: { code: 'declined', message: 'no money' },
      next: { compensate: 'reserve', step: 1, performed: 'committed' },
      undo: { left: [{ step: 1, action: 'reserve', performed: 'committed' }], end: 'failed' },
    });
    expect(snapshots[2]).toMatchObject({ kind: 'compensate', undoes: 1, next: { end: 'failed' }, undo: { left: [] } });
  });

  it('gives `compensate` what the step was performed with, its key and its changes', async () => {
    const calls: CompensateCall<object, object>[] = [];
    const { scene, id } = await declined({
      undo: {
        reserve: (call) => {
          calls.push(call);
          return call.attempt === 1 ? retry('busy') : undefined;
        },
      },
    });
    await scene.worker('worker-1');
    await expectUndone(scene, id);
    const key = `${id}/00001`;
    expect(calls.map(({ attempt }) => attempt)).toEqual([1, 2]);
    for (const call of calls) {
      expect(call).toMatchObject({
        performed: 'committed',
        input: {},
        changes: { reserve: key },
        undoneKey: key,
        idempotencyKey: `${id}/00003`,
      });
    }
  });

  it('is repeated when the worker that undoes dies, also where the action itself may not be', async () => {
    const undoing = new Latch();
    const { scene, id } = await declined({
      maxAttempts: 1,
      undo: {
        reserve: async () => {
          await undoing.pass();
          return undefined;
        },
      },
    });
    const holder = await scene.worker('worker-1');
    await scene.line.until(undoing.reached);
    holder.die();
    await scene.line.clock.advance(UNTIL_DEAD_MS);
    await scene.worker('worker-2');
    await expectUndone(scene, id);
    expect(scene.performed.at(-1)).toBe('worker-2 undo reserve 2 committed');
  });

  it('parks where it cannot go on, and goes on from there when an operator says so', async () => {
    let isBroken = true;
    const { scene, id } = await declined({ undo: { reserve: () => (isBroken ? retry('never') : undefined) } });
    await scene.worker('worker-1');
    await scene.line.untilDrained();
    const { head } = await scene.line.history(id);
    expect(head).toMatchObject({ status: 'parked', parked: { step: 3, code: 'retries-exhausted' } });
    isBroken = false;
    const { acting } = scene.line.addOperator();
    await scene.line.until(retryParked(acting, id));
    await expectUndone(scene, id);
  });

  it('parks where the build of the action has no `compensate`', async () => {
    const { scene, id } = await declined();
    const claiming = scene.points.hold('claiming', { worker: 'worker-1', step: 3 });
    const holder = await scene.worker('worker-1');
    await scene.line.until(claiming.reached);
    holder.die();
    await scene.forgetfulWorker('worker-2');
    await scene.line.untilDrained();
    expect((await scene.line.history(id)).head).toMatchObject({ parked: { step: 3, code: 'compensation-missing' } });
  });

  it.each<PausePoint>([
    'received',
    'claiming',
    'claimed',
    'performing',
    'performed',
    'recorded',
    'followed',
    'acknowledged',
  ])('goes on when the worker that undoes dies at "%s"', async (point) => {
    const { scene, id } = await declined();
    const doomed = scene.points.hold(point, { worker: 'worker-1', step: 3 });
    const holder = await scene.worker('worker-1');
    await scene.line.until(doomed.reached);
    holder.die();
    await scene.line.clock.advance(UNTIL_DEAD_MS);
    await scene.worker('worker-2');
    await expectUndone(scene, id);
  });

  it.each<PausePoint>(['performed', 'recorded', 'announced', 'followed', 'acknowledged'])(
    'goes on when the worker that began it dies at "%s"',
    async (point) => {
      const { scene, id } = await declined();
      const doomed = scene.points.hold(point, { worker: 'worker-1', step: 2 });
      const holder = await scene.worker('worker-1');
      await scene.line.until(doomed.reached);
      holder.die();
      await scene.line.clock.advance(UNTIL_DEAD_MS);
      await scene.worker('worker-2');
      await expectUndone(scene, id);
    },
  );
});

describe('a message of the way back that cannot be true is set aside, and nothing is written for it', () => {
  const truth: Partial<Envelope> = {
    kind: 'compensate',
    step: 3,
    action: 'reserve',
    state: 'reserved',
    undoes: { step: 1, performed: 'committed' },
  };
  it.each<[string, Partial<Envelope>]>([
    ['of a step that was not to be undone', { undoes: { step: 2, performed: 'committed' } }],
    ['more certain of it than the journal', { undoes: { step: 1, performed: 'possibly' } }],
    ['behind a step that is not there', { step: 5 }],
    ['in a state without a way back', { state: 'delivered' }],
    ['of a workflow that is not there', { workflowId: 'BBBBBBBBBBBBBBBBBBBBBB' }],
  ])('%s', async (_, lie) => {
    const undoing = new Latch();
    const { scene, id } = await declined({
      undo: {
        reserve: async () => {
          await undoing.pass();
          return undefined;
        },
      },
    });
    await scene.worker('worker-1');
    await scene.line.until(undoing.reached);
    const before = await scene.line.history(id);
    const envelope: Envelope = {
      specversion: '1.0',
      workflowId: id,
      workflow: 'order',
      version: 1,
      businessKey: 'order',
      attempt: 1,
      failures: 0,
      kind: 'compensate',
      step: 3,
      action: 'reserve',
      state: 'reserved',
      data: {},
      sentAt: scene.line.clock.now(),
      ...truth,
      ...lie,
    };
    await scene.line.until(
      scene.line.broker.publish({
        exchange: exchangeName.work(NAMESPACE),
        routingKey: 'order.reserve',
        body: encodeEnvelope(envelope),
        contentType: ENVELOPE_CONTENT_TYPE,
        messageId: 'a lie',
        mandatory: true,
      }),
    );
    await scene.line.clock.advance(2_000);
    expect(await scene.line.broker.depth(`${NAMESPACE}.dead`)).toBe(1);
    expect(await scene.line.history(id)).toEqual(before);
    undoing.release();
    await expectUndone(scene, id);
  });
});

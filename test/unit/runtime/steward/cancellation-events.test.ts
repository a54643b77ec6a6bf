// A cancellation takes a workflow over from whoever took its last step: that one may have died before it said so.
import { describe, expect, it } from '@jest/globals';
import { lifecycleEventSchema } from '../../../../shared/contract/lifecycle-event.ts';
import { exchangeName, queueName } from '../../../../shared/contract/topology.ts';
import { CancelScene } from '../../../support/cancel-scene.ts';
import { NAMESPACE } from '../../../support/test-process.ts';

/** Every lifecycle event, as `advanced 1`, where it comes for the first time. */
async function watched(scene: CancelScene): Promise<readonly string[]> {
  const seen: string[] = [];
  const queue = `${NAMESPACE}.watch`;
  await scene.line.broker.declare({
    exchanges: [],
    queues: [{ name: queue }],
    bindings: [{ from: exchangeName.events(NAMESPACE), to: { queue }, pattern: '#' }],
  });
  await scene.line.broker.consume(queue, {
    prefetch: 100,
    onDelivery: (delivery) => {
      const { type, data } = lifecycleEventSchema.parse(JSON.parse(delivery.body.toString('utf8')));
      const event = `${type.slice('conveyor.workflow.'.length)} ${data.step}`;
      if (!seen.includes(event)) seen.push(event);
      delivery.ack();
    },
  });
  return seen;
}

describe('the events of a workflow that is cancelled', () => {
  it('are complete and in order when the worker died over announcing the step before', async () => {
    const scene = await CancelScene.open();
    const events = await watched(scene);
    const id = await scene.order();
    scene.points.once('recorded', { step: 1 }, ({ worker }) => {
      scene.line.processes.find((process) => process.id === worker)?.die();
      return undefined;
    });
    const worker = await scene.worker('worker-1');
    await scene.line.clock.runUntil(() => worker.isDead, 60_000);
    await scene.steward();
    const request = await scene.cancel({ workflowId: id });
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await scene.worker('worker-2');
    await scene.line.untilDrained();
    expect(events).toEqual(['started 0', 'advanced 1', 'cancelling 2', 'compensated 3', 'cancelled 3']);
  });

  it('are complete when the intake died over announcing the start', async () => {
    const scene = await CancelScene.open();
    const events = await watched(scene);
    const intake = await scene.line.addIntake('intake');
    scene.points.once('head-inserted', {}, () => {
      intake.die();
      return undefined;
    });
    const id = await scene.line.start('order', 'order');
    await scene.line.clock.runUntil(() => intake.isDead, 60_000);
    expect(scene.line.server.depths().get(queueName.work(NAMESPACE, 'reserve'))?.ready).toBe(0);
    await scene.steward();
    const request = await scene.cancel({ workflowId: id });
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await scene.line.addIntake('intake-2');
    await scene.line.untilDrained();
    expect(events).toEqual(['started 0', 'cancelling 1', 'cancelled 1']);
  });
});

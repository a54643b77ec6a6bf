// A probe through a station's work queue: recorded when its turn has come, and never performed.
import { describe, expect, it } from '@jest/globals';
import { encodeProbe, probeId } from '../../../shared/contract/probe.ts';
import { exchangeName, queueName } from '../../../shared/contract/topology.ts';
import { completed } from '../../../shared/core/outcome.ts';
import { LossyScene } from '../../support/lossy-scene.ts';
import { NAMESPACE } from '../../support/test-process.ts';

const send = ({ line }: LossyScene, sentAt: number, action = 'pack'): Promise<void> => {
  const probe = { specversion: '1.0', kind: 'probe', action, sentAt } as const;
  return line.until(
    line.broker.publish({
      exchange: exchangeName.work(NAMESPACE),
      routingKey: 'probe.pack',
      body: encodeProbe(probe),
      contentType: 'application/json',
      messageId: probeId(probe),
      mandatory: true,
    }),
  );
};

const progressOf = async ({ line }: LossyScene): Promise<number | undefined> =>
  (await line.journal.listStations()).find(({ _id }) => _id === 'pack')?.progress?.getTime();

describe('a probe', () => {
  it('is recorded and acknowledged; the latest stands', async () => {
    const lossy = await LossyScene.open();
    await lossy.scene.worker('worker-1');
    for (const sentAt of [1_000, 3_000, 2_000]) await send(lossy, sentAt);
    await lossy.line.clock.advance(1_000);
    expect(await progressOf(lossy)).toBe(3_000);
    expect(lossy.scene.atStation('pack')).toBe(0);
    expect(lossy.scene.performed).toEqual([]);
  });

  it('needs no slot, and takes none', async () => {
    const lossy = await LossyScene.open({
      pack: (_, { line }) => line.clock.sleep(3_000).then(() => completed({ pack: 'done' })),
      limits: { concurrency: 1, timeout: '4s' },
    });
    await lossy.parcels(1);
    await send(lossy, 1_000);
    await lossy.scene.worker('worker-1');
    await lossy.line.clock.advance(1_000);
    expect(await progressOf(lossy)).toBe(1_000);
    expect(lossy.scene.performed).toEqual(['worker-1 pack 1']);
  });

  it('for another action is set aside', async () => {
    const lossy = await LossyScene.open();
    await lossy.scene.worker('worker-1');
    await send(lossy, 1_000, 'send');
    await lossy.line.clock.advance(1_000);
    expect(lossy.line.server.depths().get(queueName.dead(NAMESPACE))?.ready).toBe(1);
    expect(await progressOf(lossy)).toBeUndefined();
  });
});

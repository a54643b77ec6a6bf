// What is lost is sent again, and what only stands in a queue is not: the steward against a line in memory, in virtual time.
import { describe, expect, it } from '@jest/globals';
import type { OutgoingMessage } from '../../../../shared/broker/broker.ts';
import { queueName } from '../../../../shared/contract/topology.ts';
import { attemptId } from '../../../../shared/core/names.ts';
import { completed, retry } from '../../../../shared/core/outcome.ts';
import { LostMessages } from '../../../../shared/runtime/steward/lost-messages.ts';
import { stewardWork } from '../../../../shared/runtime/steward/steward-work.ts';
import { SeededRandom } from '../../../../shared/testing/seeded-random.ts';
import { FaultyBroker } from '../../../support/faulty-broker.ts';
import { faultyJournal } from '../../../support/faulty-journal.ts';
import { LossyScene } from '../../../support/lossy-scene.ts';
import { onCall } from '../../../support/on-call.ts';
import type { SceneBehaviour } from '../../../support/scene.ts';
import { LIVENESS_TIMEOUT_MS, type WorkOf } from '../../../support/test-line.ts';
import { NAMESPACE } from '../../../support/test-process.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HALF = { overload: 0.15, timeout: 0.15, executedThenTimeout: 0.2 };

/** An action that takes its time. */
const slowly =
  (action: 'pack' | 'send', ms: number): SceneBehaviour =>
  (_, { line }) =>
    line.clock.sleep(ms).then(() => completed({ [action]: 'done' }));

/** Without those that would answer a request for cancellation. */
const lostMessagesOnly: WorkOf = (acting) => ({
  ...stewardWork(acting, { livenessTimeoutMs: LIVENESS_TIMEOUT_MS }),
  rounds: [new LostMessages(acting, LIVENESS_TIMEOUT_MS)],
});

const statusOf = async ({ line }: LossyScene, workflowId: string) => (await line.journal.readHead(workflowId))?.status;

async function statuses(lossy: LossyScene, ids: readonly string[]): Promise<readonly (string | undefined)[]> {
  return [...new Set(await Promise.all(ids.map((id) => statusOf(lossy, id))))];
}

describe('messages that the broker lost', () => {
  it('are sent again within a minute and a half, each once, and their workflows end', async () => {
    const lossy = await LossyScene.open();
    const { line } = lossy;
    const ids = await lossy.parcels(25);
    await lossy.lose('pack');
    const steward = await line.addSteward();
    await lossy.scene.worker('worker-1');
    await line.clock.advance(90_000);
    expect(lossy.redrivenBy(steward)).toEqual(ids.map(() => '1/1'));
    expect(await statuses(lossy, ids)).toEqual(['succeeded']);
    await line.clock.advance(10 * MINUTE);
    expect(lossy.redrivenBy(steward)).toHaveLength(25);
    expect((await line.audit(ids)).violations).toEqual([]);
  });

  it('are sent again after the event of the decision before them, whose maker died over it', async () => {
    const lossy = await LossyScene.open();
    const { line, scene } = lossy;
    const [id = ''] = await lossy.parcels(1);
    scene.points.once('recorded', { step: 1 }, ({ worker }) => {
      line.processes.find((process) => process.id === worker)?.die();
      return undefined;
    });
    const worker = await scene.worker('worker-1');
    await lossy.until(() => worker.isDead);
    await lossy.lose('pack');
    await line.addSteward();
    await scene.worker('worker-2');
    await line.clock.advance(3 * MINUTE);
    expect(scene.events).toEqual(['started 0', 'advanced 1', 'succeeded 2']);
    expect(await statuses(lossy, [id])).toEqual(['succeeded']);
  });

  it('wait for consumers, however long these are away: the bound counts from their return', async () => {
    const lossy = await LossyScene.open();
    const { line } = lossy;
    const ids = await lossy.parcels(3);
    await lossy.lose('pack');
    const steward = await line.addSteward();
    await line.clock.advance(HOUR);
    expect(lossy.redrivenBy(steward)).toEqual([]);
    await lossy.scene.worker('worker-1');
    await line.clock.advance(90_000);
    expect(await statuses(lossy, ids)).toEqual(['succeeded']);
    expect(lossy.redrivenBy(steward)).toHaveLength(3);
  });

  it('park nothing while the queue itself is gone, and go to it when a worker has declared it', async () => {
    const lossy = await LossyScene.open();
    const { line } = lossy;
    const ids = await lossy.parcels(3);
    line.server.removeQueue(queueName.work(NAMESPACE, 'pack'));
    const steward = await line.addSteward();
    await line.clock.advance(HOUR);
    expect(await statuses(lossy, ids)).toEqual(['running']);
    await lossy.scene.worker('worker-1');
    await line.clock.advance(90_000);
    expect(lossy.redrivenBy(steward)).toHaveLength(3);
    expect(await statuses(lossy, ids)).toEqual(['succeeded']);
  });

  it('are asked for as soon as the broker is back for a while, however rare the probes had become', async () => {
    const lossy = await LossyScene.open();
    const { line } = lossy;
    await lossy.parcels(3);
    const steward = await line.addSteward();
    await line.clock.advance(2 * HOUR);
    line.server.stop();
    const before = lossy.probesBy(steward);
    await line.clock.advance(MINUTE);
    line.server.start();
    await line.clock.advance(14_000);
    expect(lossy.probesBy(steward)).toBe(before);
    await line.clock.advance(10_000);
    expect(lossy.probesBy(steward)).toBe(before + 1);
  });

  it('are those of a retry, too, once it is due', async () => {
    const lossy = await LossyScene.open({
      pack: ({ attempt }) => (attempt === 1 ? retry('busy', { afterMs: 5 * MINUTE }) : completed({ pack: 'done' })),
    });
    const { line } = lossy;
    const [id = ''] = await lossy.parcels(1);
    const worker = await lossy.scene.worker('worker-1');
    await line.clock.advance(5_000);
    expect(lossy.scene.performed).toEqual(['worker-1 pack 1']);
    // The broker loses what rests on the ladder.
    await line.until(worker.stop());
    await lossy.loseLadder();
    await lossy.scene.worker('worker-2');
    const steward = await line.addSteward();
    await line.clock.advance(4 * MINUTE);
    expect(lossy.redrivenBy(steward)).toEqual([]);
    await line.clock.advance(10 * MINUTE);
    expect(lossy.redrivenBy(steward)).toEqual(['1/1']);
    expect(await statusOf(lossy, id)).toBe('succeeded');
  });
});

describe('what is not lost', () => {
  it('stands in a long queue behind a stopped station, for hours, and is taken slowly then: nothing is sent again', async () => {
    const lossy = await LossyScene.open({
      pack: (_, { line }) => line.clock.sleep(500).then(() => completed({ pack: 'done' })),
    });
    const { line } = lossy;
    const ids = await lossy.parcels(120);
    const steward = await line.addSteward();
    await line.clock.advance(HOUR);
    // After 30 s, then twice as long each time, at last every 10 minutes.
    expect(lossy.probesBy(steward)).toBeGreaterThan(7);
    expect(lossy.probesBy(steward)).toBeLessThan(12);
    await lossy.scene.worker('worker-1');
    await line.clock.advance(HOUR);
    expect(await statuses(lossy, ids)).toEqual(['succeeded']);
    expect(lossy.redrivenBy(steward)).toEqual([]);
  });

  it('was taken ahead by a worker whose slots are all busy, while another one takes the probe', async () => {
    const lossy = await LossyScene.open({
      pack: (_, { line, id }) =>
        line.clock.sleep(id === 'worker-1' ? 9_500 : 10).then(() => completed({ pack: 'done' })),
      limits: { concurrency: 1 },
    });
    const { line } = lossy;
    const ids = await lossy.parcels(2);
    await lossy.scene.worker('worker-1'); // takes both, performs one
    await lossy.scene.worker('worker-2');
    const steward = await line.addSteward();
    await line.clock.advance(10 * MINUTE);
    expect(lossy.redrivenBy(steward)).toEqual([]);
    expect(await statuses(lossy, ids)).toEqual(['succeeded']);
  });

  it('is held by a living worker; when that one dies with the broker’s copy, it is', async () => {
    const lossy = await LossyScene.open({
      pack: ({ attempt }, { line }) =>
        line.clock.sleep(attempt === 1 ? 10 * HOUR : 10).then(() => completed({ pack: 'done' })),
      limits: { timeout: '15m' },
    });
    const { line } = lossy;
    const [id = ''] = await lossy.parcels(1);
    const holder = await lossy.scene.worker('worker-1');
    const steward = await line.addSteward();
    await line.clock.advance(10 * MINUTE);
    expect(lossy.redrivenBy(steward)).toEqual([]);
    holder.die();
    await lossy.lose('pack');
    await lossy.scene.worker('worker-2');
    await line.clock.advance(HOUR);
    expect(lossy.redrivenBy(steward)).toEqual(['1/1']);
    expect((await line.history(id)).attempts.map(({ _id }) => _id)).toContain(attemptId(id, 1, 2));
    expect(await statusOf(lossy, id)).toBe('succeeded');
  });

  it('is held by workers that find the broker again later than the steward does', async () => {
    const lossy = await LossyScene.open({
      send: slowly('send', 9_000),
      pack: slowly('pack', 5_000),
      limits: { concurrency: 2 },
    });
    const { line } = lossy;
    const ids = await lossy.parcels(24);
    const packers = [];
    for (const number of [1, 2, 3]) packers.push(await lossy.scene.worker(`packer-${number}`, ['pack']));
    const steward = await line.addSteward();
    await line.clock.advance(1_000);
    // What they have taken is packed, and cannot be handed on.
    line.server.stop();
    await line.clock.advance(30_000);
    for (const { connection } of packers) connection.drop(10_000);
    line.server.start();
    await lossy.scene.worker('sender', ['send']);
    await line.clock.advance(HOUR);
    expect(lossy.redrivenBy(steward)).toEqual([]);
    expect(await statuses(lossy, ids)).toEqual(['succeeded']);
  });

  it('has a request for cancellation open: its messages stand back, and are not sent again', async () => {
    const lossy = await LossyScene.open();
    const { line } = lossy;
    const [id = ''] = await lossy.parcels(1);
    await lossy.lose('pack');
    await line.journal.insertIntents([
      {
        _id: 'request',
        workflowId: id,
        reason: 'changed my mind',
        source: '/test',
        eventId: 'request',
        requestedAt: new Date(line.clock.now()),
        at: 0,
        state: 'open',
      },
    ]);
    const steward = await line.addSteward('steward', lostMessagesOnly);
    await lossy.scene.worker('worker-1');
    await line.clock.advance(HOUR);
    expect(lossy.redrivenBy(steward)).toEqual([]);
  });
});

describe('several stewards, and one that dies', () => {
  it('send each lost message once, together, although all find it lost at the same time', async () => {
    const lossy = await LossyScene.open({
      wrapJournal: (journal, process) =>
        process.id.startsWith('steward')
          ? onCall(journal, 'readStands', async (call) => {
              const stands = await call();
              await process.line.clock.sleep(4_000);
              return stands;
            })
          : journal,
    });
    const { line } = lossy;
    const ids = await lossy.parcels(100);
    await lossy.lose('pack');
    const stewards = [
      await line.addSteward('steward-1'),
      await line.addSteward('steward-2'),
      await line.addSteward('steward-3'),
    ];
    await lossy.scene.worker('worker-1');
    await line.clock.advance(3 * MINUTE);
    expect(stewards.flatMap((steward) => lossy.redrivenBy(steward))).toHaveLength(100);
    expect(lossy.scene.performed).toHaveLength(200);
    expect(await statuses(lossy, ids)).toEqual(['succeeded']);
    await line.untilDrained();
    expect((await line.audit(ids)).violations).toEqual([]);
  });

  it('send nothing again that another one has just sent, although their own probes went before it', async () => {
    const lossy = await LossyScene.open({ pack: slowly('pack', 9_000), limits: { concurrency: 1 } });
    const { line } = lossy;
    await lossy.parcels(20);
    await lossy.lose('pack');
    const stewards = [await line.addSteward('early')];
    await lossy.scene.worker('worker-1');
    for (let late = 1; late <= 4; late += 1) {
      await line.clock.advance(5_000);
      stewards.push(await line.addSteward(`late-${late}`));
    }
    await line.clock.advance(HOUR);
    expect(stewards.flatMap((steward) => lossy.redrivenBy(steward))).toEqual(Array(20).fill('1/1'));
  });

  it('leaves the rest to another one that begins later', async () => {
    let published = 0;
    const lossy = await LossyScene.open({
      wrapBroker: (broker, process) =>
        onCall(broker, 'publish', async (call, [message]) => {
          await call();
          const isFirst = (message as OutgoingMessage).messageId.endsWith('/1/1'); // what publish is given
          if (process.id !== 'doomed' || !isFirst) return;
          published += 1;
          if (published > 30) process.die();
        }),
    });
    const { line } = lossy;
    const ids = await lossy.parcels(80);
    await lossy.lose('pack');
    const doomed = await line.addSteward('doomed');
    await lossy.scene.worker('worker-1');
    await line.clock.advance(2 * MINUTE);
    expect(doomed.isDead).toBe(true);
    expect(await statuses(lossy, ids)).toEqual(expect.arrayContaining(['running', 'succeeded']));
    const steward = await line.addSteward('heir');
    await line.clock.advance(2 * MINUTE);
    expect(await statuses(lossy, ids)).toEqual(['succeeded']);
    expect(lossy.redrivenBy(steward).length).toBeLessThan(80);
    await line.untilDrained();
    expect((await line.audit(ids)).violations).toEqual([]);
  });

  it('go on when servers fail them half of the time', async () => {
    const random = new SeededRandom('faults');
    const lossy = await LossyScene.open({
      wrapBroker: (broker, { id }) => (id === 'steward' ? new FaultyBroker(broker, HALF, random) : broker),
      wrapJournal: (journal, { id }) => (id === 'steward' ? faultyJournal(journal, HALF, random) : journal),
    });
    const { line } = lossy;
    const ids = await lossy.parcels(20);
    await lossy.lose('pack');
    await line.addSteward('steward');
    await lossy.scene.worker('worker-1');
    await line.clock.advance(10 * MINUTE);
    expect(await statuses(lossy, ids)).toEqual(['succeeded']);
    await line.untilDrained();
    expect((await line.audit(ids)).violations).toEqual([]);
  });
});

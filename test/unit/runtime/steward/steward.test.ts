// The shell: what comes in is taken, set aside or comes back; the rounds go; a stop is clean.
import { describe, expect, it } from '@jest/globals';
import { ladderTopology } from '../../../../shared/contract/delay-ladder.ts';
import { cancellationMessage, notificationMessage } from '../../../../shared/contract/steward-event.ts';
import { lineTopology, queueName } from '../../../../shared/contract/topology.ts';
import { SetAside } from '../../../../shared/core/errors.ts';
import { Steward, type StewardWork } from '../../../../shared/runtime/steward/steward.ts';
import { stewardWork } from '../../../../shared/runtime/steward/steward-work.ts';
import { settle } from '../../../../shared/testing/virtual-clock.ts';
import { stressService } from '../../../support/service-stress.ts';
import { LIVENESS_TIMEOUT_MS, TestLine } from '../../../support/test-line.ts';
import { NAMESPACE } from '../../../support/test-process.ts';

const notification = (id: string) =>
  notificationMessage(NAMESPACE, { name: 'paid', businessKey: 'order', source: '/bank', id, data: {} });
const cancellation = (id: string) =>
  cancellationMessage(NAMESPACE, { workflow: 'parcel', businessKey: 'order', source: '/shop', id, reason: 'no' });

const idle = async (): Promise<void> => {};

async function withWork(work: Partial<StewardWork>) {
  const line = new TestLine();
  await line.prepare([]);
  const whole: StewardWork = {
    notifications: { take: idle },
    cancellations: { take: idle },
    returned: { take: idle },
    rounds: [],
    ...work,
  };
  const steward = await line.addSteward('steward', () => whole);
  return { line, steward };
}

const depthOf = (line: TestLine, queue: string) => line.server.depths().get(queue);

describe('the steward', () => {
  it('hands each event to its desk, and acknowledges when all that follows is done', async () => {
    const taken: string[] = [];
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { line } = await withWork({
      notifications: { take: async ({ name }) => void taken.push(name) },
      cancellations: {
        take: async ({ reason }) => {
          taken.push(reason);
          await held;
        },
      },
    });
    await line.until(line.broker.publish(notification('1')));
    await line.until(line.broker.publish(cancellation('2')));
    await line.clock.advance(100);
    expect(taken).toEqual(['paid', 'no']);
    expect(depthOf(line, queueName.steward(NAMESPACE))).toEqual({ ready: 0, unacknowledged: 1 });
    release();
    await line.clock.advance(100);
    expect(depthOf(line, queueName.steward(NAMESPACE))).toEqual({ ready: 0, unacknowledged: 0 });
  });

  it('sets aside what cannot be read, and what a desk sets aside', async () => {
    const { line } = await withWork({
      cancellations: { take: () => Promise.reject(new SetAside('event-invalid', { problem: 'no such workflow' })) },
    });
    await line.until(line.broker.publish({ ...notification('1'), body: Buffer.from('{}') }));
    await line.until(line.broker.publish(cancellation('2')));
    await line.clock.advance(100);
    expect(depthOf(line, queueName.dead(NAMESPACE))?.ready).toBe(2);
  });

  it('takes an event again that the engine itself failed on: later, by the key with which it first came', async () => {
    const names: string[] = [];
    const { line } = await withWork({
      notifications: {
        take: ({ name }) => {
          names.push(name);
          return names.length === 1 ? Promise.reject(new Error('a mistake')) : Promise.resolve();
        },
      },
    });
    await line.until(line.broker.publish(notification('1')));
    await line.clock.advance(29_000);
    expect(names).toEqual(['paid']);
    await line.clock.advance(2_000);
    expect(names).toEqual(['paid', 'paid']);
  });

  it('goes its rounds at their pace, also after one failed, and never the same one twice at once', async () => {
    const runs: number[] = [];
    let atOnce = 0;
    const { line, steward } = await withWork({
      rounds: [
        {
          name: 'test',
          everyMs: 10_000,
          run: async () => {
            atOnce += 1;
            expect(atOnce).toBe(1);
            runs.push(steward.line.clock.monotonic());
            await steward.line.clock.sleep(15_000);
            atOnce -= 1;
            if (runs.length === 1) throw new Error('a mistake');
          },
        },
      ],
    });
    await line.clock.advance(100_000);
    expect(runs.length).toBeGreaterThanOrEqual(3);
    const [first = 0, second = 0] = runs;
    expect(second - first).toBeGreaterThanOrEqual(15_000 + 8_000);
    expect(second - first).toBeLessThanOrEqual(15_000 + 12_000);
  });

  it('stops cleanly: the round under way is told and awaited, the event under way is finished', async () => {
    let finished = 0;
    const { line, steward } = await withWork({
      notifications: {
        take: async () => {
          await line.clock.sleep(2_000);
          finished += 1;
        },
      },
      rounds: [
        {
          name: 'test',
          everyMs: 10,
          run: (signal) => line.clock.sleep(600_000, signal).then(() => void (finished += 1)),
        },
      ],
    });
    await line.clock.advance(100);
    await line.until(line.broker.publish(notification('1')));
    await line.clock.advance(10);
    await line.until(steward.stop());
    expect(finished).toBe(2);
    expect(depthOf(line, queueName.steward(NAMESPACE))).toEqual({ ready: 0, unacknowledged: 0 });
  });

  it('starts and stops in any order, any number of times', async () => {
    const line = new TestLine();
    await line.broker.declare(lineTopology(NAMESPACE, ladderTopology(NAMESPACE)));
    const over = new AbortController();
    const time = (async () => {
      while (!over.signal.aborted) {
        await settle();
        await line.clock.advance(10);
      }
    })();
    const { process } = line.launchSteward('frame');
    await stressService(
      () =>
        new Steward(process.line, {
          worker: 'steward',
          work: (acting) => stewardWork(acting, { livenessTimeoutMs: LIVENESS_TIMEOUT_MS }),
        }),
    );
    over.abort();
    await time;
  });
});

import { describe, expect, it } from '@jest/globals';
import { InMemoryBroker } from '../../../shared/broker/in-memory/index.ts';
import { ladderTopology } from '../../../shared/contract/delay-ladder.ts';
import { type LifecycleEventName, lifecycleMessage } from '../../../shared/contract/lifecycle-event.ts';
import { exchangeName, lineTopology } from '../../../shared/contract/topology.ts';
import { LifecycleWatch } from '../../../shared/runtime/lifecycle-watch.ts';
import { silentLog } from '../../../shared/runtime/log.ts';
import { VirtualClock } from '../../../shared/testing/virtual-clock.ts';

const NAMESPACE = 'test';
const message = (event: LifecycleEventName, workflowId: string) =>
  lifecycleMessage(
    NAMESPACE,
    exchangeName.events(NAMESPACE),
    {
      event,
      workflowId,
      businessKey: 'k',
      step: 1,
      attempt: 1,
      data: { workflow: 'parcel', version: 1, state: 'paid', step: 1 },
    },
    0,
  );

async function watching() {
  const clock = new VirtualClock();
  const server = new InMemoryBroker({ clock });
  const broker = server.connect();
  await broker.declare(lineTopology(NAMESPACE, ladderTopology(NAMESPACE)));
  const told: string[] = [];
  const warnings: string[] = [];
  const watch = () =>
    new LifecycleWatch({
      broker,
      namespace: NAMESPACE,
      queue: 'watch',
      events: ['succeeded', 'parked'],
      log: { ...silentLog, warn: (_, text) => void warnings.push(text) },
      onEvent: (name, { workflowid }) => void told.push(`${name} ${workflowid}`),
    });
  const first = watch();
  await first.start();
  const publish = async (...messages: readonly Parameters<typeof broker.publish>[0][]): Promise<void> => {
    const published = messages.map((one) => broker.publish(one));
    await clock.advance(10);
    await Promise.all(published);
  };
  return { clock, server, broker, told, warnings, first, watch, publish };
}

const ID = 'AAAAAAAAAAAAAAAAAAAAAA';

describe('a watch for lifecycle events', () => {
  it('tells the events that were asked for, in their order, and no others', async () => {
    const { told, publish, server } = await watching();
    await publish(message('started', ID), message('parked', ID), message('failed', ID), message('succeeded', ID));
    expect(told).toEqual([`parked ${ID}`, `succeeded ${ID}`]);
    expect(server.depths().get('test.watch')).toEqual({ ready: 0, unacknowledged: 0 });
  });

  it('tells later what happened while nobody watched', async () => {
    const { told, publish, first, watch, clock } = await watching();
    await first.stop();
    await publish(message('succeeded', ID));
    expect(told).toEqual([]);
    await watch().start();
    await clock.advance(10);
    expect(told).toEqual([`succeeded ${ID}`]);
  });

  it('passes over what is no lifecycle event, and says so', async () => {
    const { told, publish, warnings, server } = await watching();
    const good = message('succeeded', ID);
    await publish({ ...good, body: Buffer.from('{') }, { ...good, body: Buffer.from('{"type":"x"}') }, good);
    expect(told).toEqual([`succeeded ${ID}`]);
    expect(warnings).toHaveLength(2);
    expect(server.depths().get('test.watch')).toEqual({ ready: 0, unacknowledged: 0 });
  });
});

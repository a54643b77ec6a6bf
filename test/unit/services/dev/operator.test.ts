// Goal: what is parked by chance is taken up again and waited for. Method: a line that only announces, over the in-memory broker.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { demonstrate, type Outcome } from '../../../../services/dev/demonstration.ts';
import type { DevLine } from '../../../../services/dev/dev-line.ts';
import { PlainView } from '../../../../services/dev/plain-view.ts';
import { misbehaviourSchema } from '../../../../services/orders/downstream/misbehaviour.ts';
import { DownstreamServer } from '../../../../services/orders/downstream/server.ts';
import type { Broker } from '../../../../shared/broker/broker.ts';
import { InMemoryBroker } from '../../../../shared/broker/in-memory/index.ts';
import { ladderTopology } from '../../../../shared/contract/delay-ladder.ts';
import { type LifecycleEventName, lifecycleMessage } from '../../../../shared/contract/lifecycle-event.ts';
import { exchangeName, lineTopology } from '../../../../shared/contract/topology.ts';
import { InMemoryStore } from '../../../../shared/journal/in-memory/index.ts';
import { SystemClock, SystemRandom } from '../../../../shared/runtime/clock.ts';
import { silentLog } from '../../../../shared/runtime/log.ts';

const NAMESPACE = 'test';
const clock = new SystemClock();
const downstream = new DownstreamServer({
  host: '127.0.0.1',
  port: 0,
  misbehaviour: misbehaviourSchema.parse({}),
  clock,
});
let broker: Broker;
beforeEach(async () => {
  await downstream.start();
  broker = new InMemoryBroker({ clock }).connect();
  await broker.declare(lineTopology(NAMESPACE, ladderTopology(NAMESPACE)));
});
afterEach(async () => {
  await broker.close();
  await downstream.stop();
});

const ID = 'AAAAAAAAAAAAAAAAAAAAAA';

function announce(event: LifecycleEventName, code?: string): Promise<void> {
  const data = { workflow: 'order-payment', version: 1, state: 'delivered', step: 5, ...(code ? { code } : {}) };
  const announcement = { event, workflowId: ID, businessKey: 'order-1', step: 5, attempt: 1, data };
  return broker.publish(lifecycleMessage(NAMESPACE, exchangeName.events(NAMESPACE), announcement, 0));
}

/** One order, which is parked with this code. Says what was taken up, and what was shown. */
async function play(code: string, takeUp: (workflowId: string) => Promise<void>) {
  let shown = '';
  const line: DevLine = {
    namespace: NAMESPACE,
    actions: [],
    broker,
    journal: new InMemoryStore(clock).connect(),
    downstreamUrl: `http://127.0.0.1:${downstream.port}`,
    broken: new AbortController().signal,
    operator: { takesUp: (parked) => parked === 'lost-alone', takeUp },
    started: true,
    start: async () => {},
    stop: async () => {},
    placeOrders: () => announce('parked', code),
    scrape: async () => [],
    beginTrouble: () => () => {},
    addresses: () => [],
  };
  const giveUp = new AbortController();
  const outcome: Promise<Outcome> = demonstrate({
    line,
    orders: { seed: 's', count: 1 },
    view: new PlainView({ write: (text) => (shown += text) }),
    clock: new HastyClock(),
    random: new SystemRandom(),
    log: silentLog,
    stop: giveUp.signal,
  });
  return { outcome, shown: () => shown };
}

class HastyClock extends SystemClock {
  override monotonic(): number {
    return super.monotonic() * 100;
  }
}

describe('the operator of a line whose workers die by chance', () => {
  it('takes up what was parked for it, and its end is waited for', async () => {
    const takenUp: string[] = [];
    const { outcome, shown } = await play('lost-alone', async (workflowId) => {
      takenUp.push(workflowId);
      await announce('resumed');
      await announce('succeeded');
    });
    expect((await outcome).kind).toBe('done');
    expect(takenUp).toEqual([ID]);
    expect(shown()).toContain('order-1 was parked (lost-alone');
  });

  it('leaves alone what is parked for another reason: that counts as settled', async () => {
    const takenUp: string[] = [];
    const { outcome } = await play('retries-exhausted', async (workflowId) => void takenUp.push(workflowId));
    expect((await outcome).kind).toBe('done');
    expect(takenUp).toEqual([]);
  });

  it('says when it cannot be taken up', async () => {
    const { outcome, shown } = await play('lost-alone', async () => {
      setImmediate(() => void announce('succeeded'));
      throw new Error('no answer');
    });
    await outcome;
    expect(shown()).toContain('order-1 was parked (lost-alone), and could not be taken up again: Error: no answer');
  });
});

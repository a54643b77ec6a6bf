// What the broker gave up after its delivery limit: parked where the journal has something against it, else sent back, a few times.
import { describe, expect, it } from '@jest/globals';
import type { Delivery } from '../../../../shared/broker/broker.ts';
import { encodeEnvelope } from '../../../../shared/contract/envelope.ts';
import { encodeProbe } from '../../../../shared/contract/probe.ts';
import { RETURNED_HEADER } from '../../../../shared/runtime/sender.ts';
import { ReturnedDesk } from '../../../../shared/runtime/steward/returned-desk.ts';
import { envelopeWith } from '../../../support/calls.ts';
import { LIVENESS_MS, StationBench, WORKFLOW_ID } from '../../../support/station-bench.ts';

const envelope = envelopeWith({ action: 'pack', step: 1, attempt: 1 });

const returned = (body = encodeEnvelope(envelope), queue = 'test.work.pack', times = 0): Delivery => ({
  queue: 'test.returned',
  exchange: 'test.returned',
  routingKey: 'parcel.pack',
  body,
  contentType: 'application/json',
  messageId: 'message',
  headers: { [RETURNED_HEADER]: times, 'x-death': [{ reason: 'delivery_limit', queue, count: 1 }] },
  redelivered: false,
  ack: () => {},
  giveBack: () => {},
});

async function desk() {
  const bench = await StationBench.open();
  const take = (delivery: Delivery): Promise<void> => new ReturnedDesk(bench.context, LIVENESS_MS).take(delivery);
  return { bench, take };
}

const sentBack = ({ published }: StationBench) =>
  published.map(({ routingKey, headers }) => [routingKey.split('.').at(-1), headers?.[RETURNED_HEADER]]);

describe('a message for which the delay ladder found no queue', () => {
  const stray = (address: string, times: number): Delivery => ({
    ...returned(Buffer.from('anything'), undefined, times),
    routingKey: `0.0.1.0.${address}`,
    headers: {
      [RETURNED_HEADER]: times,
      'conveyor-routing-key': 'parcel',
      'x-death': [{ reason: 'expired', queue: 'test.delay.01' }],
    },
  });

  it('is sent there again three times, under the routing key with which it first came, and set aside then', async () => {
    const { bench, take } = await desk();
    for (const address of ['work:pack', 'wait:pack', 'intake', 'steward']) {
      for (const times of [0, 1, 2]) await take(stray(address, times));
      expect(sentBack(bench).splice(-3)).toEqual([1, 2, 3].map((times) => [address, times]));
      await expect(take(stray(address, 3))).rejects.toMatchObject({ code: 'destination-missing' });
    }
    expect(new Set(bench.published.map(({ headers }) => headers?.['conveyor-routing-key']))).toEqual(
      new Set(['parcel']),
    );
  });

  it('is judged by its delivery limit when that is why it came, although it came down the ladder before', async () => {
    const { bench, take } = await desk();
    await bench.attempts(1, [undefined]);
    await take({ ...returned(), routingKey: '0.0.1.0.work:pack' });
    expect(await bench.fateOf(1, 1)).toMatchObject({ fate: 'parked', code: 'delivery-limit' });
  });
});

describe('a message that the broker gave up', () => {
  it('goes back to its station three times when the journal has nothing against it, and parks its workflow then', async () => {
    const { bench, take } = await desk();
    for (const times of [0, 1, 2]) await take(returned(undefined, undefined, times));
    expect(sentBack(bench)).toEqual([
      ['work:pack', 1],
      ['work:pack', 2],
      ['work:pack', 3],
    ]);
    await take(returned(undefined, undefined, 3));
    expect(bench.published).toHaveLength(4); // the event
    expect(await bench.fateOf(1, 1)).toMatchObject({ fate: 'parked', code: 'delivery-limit' });
    expect(await bench.journal.readHead(WORKFLOW_ID)).toMatchObject({
      status: 'parked',
      parked: { step: 1, code: 'delivery-limit', reason: expect.stringContaining('4 times, each time after 1000') },
    });
  });

  it('parks its workflow at once when the holder of its attempt died with it', async () => {
    const { bench, take } = await desk();
    await bench.attempts(1, [undefined]);
    await take(returned());
    expect(await bench.fateOf(1, 1)).toMatchObject({ fate: 'parked', code: 'delivery-limit' });
    expect((await bench.journal.readHead(WORKFLOW_ID))?.status).toBe('parked');
    await take(returned()); // again: its station finds it parked
    expect(sentBack(bench).at(-1)).toEqual(['work:pack', 1]);
  });

  it('parks its workflow when earlier attempts were lost', async () => {
    const { bench, take } = await desk();
    await bench.attempts(1, [undefined, 'released']);
    await take(returned());
    expect(await bench.fateOf(1, 3)).toMatchObject({ fate: 'parked', code: 'delivery-limit' });
  });

  it('waits while the holder of its attempt lives', async () => {
    const { bench, take } = await desk();
    await bench.journal.join({ _id: 'other', host: 'test', pid: 1, actions: ['pack'] }, []);
    await bench.attempts(1, [undefined]);
    await take(returned());
    expect(sentBack(bench)).toEqual([['work:pack', 0]]);
    expect((await bench.fateOf(1, 1))?.fate).toBeUndefined();
  });

  it('goes to the queue in which it was given up, whatever it is, and to the dead at last', async () => {
    const { bench, take } = await desk();
    const body = Buffer.from('anything');
    for (const queue of ['test.wait.pack', 'test.intake', 'test.steward']) await take(returned(body, queue));
    expect(sentBack(bench)).toEqual([
      ['wait:pack', 1],
      ['intake', 1],
      ['steward', 1],
    ]);
    for (const queue of ['test.wait.pack', 'test.intake', 'test.steward']) {
      await expect(take(returned(body, queue, 3))).rejects.toMatchObject({ code: 'message-given-up' });
    }
  });

  it('is dropped when it is a probe, and set aside when it cannot be read', async () => {
    const { bench, take } = await desk();
    await take(returned(encodeProbe({ specversion: '1.0', kind: 'probe', action: 'pack', sentAt: 1 })));
    expect(bench.published).toEqual([]);
    await expect(take(returned(Buffer.from('{')))).rejects.toMatchObject({ code: 'envelope-invalid' });
  });
});

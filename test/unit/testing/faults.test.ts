import { describe, expect, it } from '@jest/globals';
import type { Broker, OutgoingMessage } from '../../../shared/broker/broker.ts';
import { delayRoute } from '../../../shared/contract/delay-ladder.ts';
import { ENVELOPE_CONTENT_TYPE } from '../../../shared/contract/envelope.ts';
import { stationAddress, waitAddress } from '../../../shared/contract/topology.ts';
import { Faults } from '../../../shared/testing/faults.ts';

function scene() {
  const published: string[] = [];
  let strikes = 0;
  const faults = new Faults(() => {
    strikes += 1;
  });
  const publish = async ({ messageId }: OutgoingMessage): Promise<void> => void published.push(messageId);
  const broker = faults.of({ publish } as Partial<Broker> as Broker); // nothing else is called
  return { faults, broker, published, strikes: () => strikes };
}

const message = (messageId: string, changed: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  exchange: 'test.work',
  routingKey: 'parcel.pay',
  body: Buffer.from(''),
  contentType: ENVELOPE_CONTENT_TYPE,
  messageId,
  mandatory: true,
  ...changed,
});

describe('faults on the way to a station', () => {
  it('publish the next message twice, and no other', async () => {
    const { faults, broker, published, strikes } = scene();
    faults.arm('pay', { kind: 'deliver-twice' });
    await broker.publish(message('other', { routingKey: 'parcel.weigh' }));
    await broker.publish(message('event', { contentType: 'application/cloudevents+json' }));
    await broker.publish(message('ticket', delayRoute('test', 1_000, waitAddress('pay'))));
    await broker.publish(message('first'));
    await broker.publish(message('second'));
    expect(published).toEqual(['other', 'event', 'ticket', 'first', 'first', 'second']);
    expect([strikes(), faults.left]).toEqual([1, []]);
  });

  it('find it on the delay ladder, too', async () => {
    const { faults, broker, published } = scene();
    faults.arm('pay', { kind: 'deliver-twice' });
    await broker.publish(message('delayed', delayRoute('test', 1_000, stationAddress('pay'))));
    expect(published).toEqual(['delayed', 'delayed']);
  });

  it('keep the confirm of a message that has arrived', async () => {
    const { faults, broker, published } = scene();
    faults.arm('pay', { kind: 'lose-confirm' });
    await expect(broker.publish(message('first'))).rejects.toMatchObject({ code: 'publish-unknown' });
    await broker.publish(message('first'));
    expect(published).toEqual(['first', 'first']);
  });

  it('confirm a message that is lost', async () => {
    const { faults, broker, published } = scene();
    faults.arm('pay', { kind: 'lose-message' });
    await broker.publish(message('first'));
    await broker.publish(message('second'));
    expect(published).toEqual(['second']);
  });

  it('are told when they have found no occasion', () => {
    const { faults } = scene();
    faults.arm('pay', { kind: 'lose-message' });
    expect(faults.left).toEqual(['lose-message pay']);
  });
});

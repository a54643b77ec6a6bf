import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Delivery, OutgoingMessage } from '../../../shared/broker/broker.ts';
import { EVENT_CONTENT_TYPE } from '../../../shared/contract/cloud-event.ts';
import { workflowIdOf } from '../../../shared/contract/start-event.ts';
import { exchangeName, queueName } from '../../../shared/contract/topology.ts';
import { definitionId } from '../../../shared/core/names.ts';
import type { WorkflowDefinition } from '../../../shared/core/workflow-definition.ts';
import type { Head } from '../../../shared/journal/records.ts';
import { asBody, type Fields } from '../../support/hostile.ts';
import { parcelWorkflow, testAction } from '../../support/test-actions.ts';
import { TestLine } from '../../support/test-line.ts';
import { TestPoints } from '../../support/test-points.ts';
import { NAMESPACE } from '../../support/test-process.ts';

/** As `TestLine` sets it. */
const DEFINITION_WAIT_MS = 60_000;
const ACTIONS = [testAction('pack'), testAction('send')];

const weighed = (version: number): WorkflowDefinition => ({
  ...parcelWorkflow(),
  version,
  input: { type: 'object', properties: { weight: { type: 'number' } }, required: ['weight'] },
});
const unweighed = (version: number): WorkflowDefinition => ({ ...parcelWorkflow(), version });

let line: TestLine;
let points: TestPoints;
let dead: Delivery[];

beforeEach(async () => {
  points = new TestPoints();
  line = new TestLine({ points });
  dead = [];
  await line.prepare([]);
  await line.broker.consume(queueName.dead(NAMESPACE), {
    prefetch: 1_000,
    onDelivery: (delivery) => {
      dead.push(delivery);
      delivery.ack();
    },
  });
});

interface Sent {
  readonly event?: Fields;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly routingKey?: string;
}

/** Publishes a start event for a parcel; resolves to the id that its workflow has, or would have. */
async function send(id: string, { event = {}, contentType, headers = {}, routingKey = 'parcel' }: Sent = {}) {
  const base = { specversion: '1.0', id, source: '/test', type: 'conveyor.start', subject: id, data: {} };
  const published = line.broker.publish({
    exchange: exchangeName.start(NAMESPACE),
    routingKey,
    body: asBody({ ...base, ...event }),
    contentType: contentType ?? EVENT_CONTENT_TYPE,
    messageId: id,
    headers,
    mandatory: true,
  });
  await line.until(published);
  return workflowIdOf('/test', id);
}

const headOf = async (workflowId: string): Promise<Head | null> => line.journal.readHead(workflowId);

const reasons = () => dead.map(({ headers }) => [headers['conveyor-code'], headers['conveyor-reason']]);

describe('a start event whose definition is not registered', () => {
  beforeEach(async () => {
    await line.addIntake();
    await line.addWorker(ACTIONS);
  });

  it('waits, and starts when the definition comes', async () => {
    const id = await send('early');
    await line.clock.advance(DEFINITION_WAIT_MS / 2);
    expect(await headOf(id)).toBeNull();
    await line.prepare([unweighed(1)]);
    await line.untilDrained();
    expect(await headOf(id)).toMatchObject({ status: 'succeeded', workflow: 'parcel', version: 1 });
    expect(dead).toEqual([]);
  });

  it('is set aside when the waiting time is over, and not before', async () => {
    const id = await send('never', { event: { workflowversion: 7 } });
    await line.clock.advance(DEFINITION_WAIT_MS - 1);
    expect(dead).toEqual([]);
    // It looks every two seconds, and each delay is rounded up to a unit of the ladder.
    await line.clock.advance(5_000);
    expect(reasons()).toEqual([
      ['event-definition-unknown', 'No workflow definition "parcel" version 7 was registered within the waiting time.'],
    ]);
    expect(dead[0]?.body.toString()).toContain('"id":"never"');
    expect(await headOf(id)).toBeNull();
    expect(line.isDrained).toBe(true);
  });

  it('waits for the version that it names, whatever other versions there are', async () => {
    await line.prepare([unweighed(1)]);
    const id = await send('second', { event: { workflowversion: 2 } });
    await line.clock.advance(10_000);
    expect(await headOf(id)).toBeNull();
    await line.prepare([unweighed(2)]);
    await line.untilDrained();
    expect(await headOf(id)).toMatchObject({ status: 'succeeded', version: 2 });
  });

  it('keeps its content type over the wait, also when it came without one', async () => {
    const typed = await send('typed', { contentType: 'application/cloudevents+json; charset=utf-8' });
    const untyped = await send('untyped', { contentType: '' });
    await line.clock.advance(5_000);
    await line.prepare([unweighed(1)]);
    await line.untilDrained();
    expect(dead).toEqual([]);
    expect(await headOf(typed)).toMatchObject({ status: 'succeeded' });
    expect(await headOf(untyped)).toMatchObject({ status: 'succeeded' });
  });

  it('holds up no other, however many wait', async () => {
    // More than an intake takes at once.
    for (let sent = 0; sent < 450; sent++) await send(`waiting-${sent}`, { routingKey: 'unheard-of' });
    await line.prepare([unweighed(1)]);
    const id = await send('known');
    await line.clock.runUntil(() => line.store.shelf(id).head?.status === 'succeeded', 2_000);
    expect(line.isDrained).toBe(false);
  });

  it('cannot stretch or shorten what others wait, nor break the ladder, by headers that it brings along', async () => {
    const absurd = [-1, 0.1, 1e300, Number.POSITIVE_INFINITY, Number.NaN, 2 ** 50 + 0.25, 'long', '60000'];
    for (const [index, waited] of absurd.entries()) {
      await send(`absurd-${index}`, { headers: { 'conveyor-waited-ms': waited, 'conveyor-returns': waited } });
    }
    await line.untilDrained();
    // The ladder rounds up: what claims to have waited a fraction waits one turn more.
    expect(line.clock.monotonic()).toBeLessThanOrEqual(DEFINITION_WAIT_MS * 1.1);
    expect(reasons().map(([code]) => code)).toEqual(absurd.map(() => 'event-definition-unknown'));
  });
});

describe('the version of a workflow', () => {
  beforeEach(async () => {
    await line.addIntake();
    await line.addWorker(ACTIONS);
    await line.prepare([unweighed(1), unweighed(3), unweighed(12), unweighed(20)]);
    deactivate(20);
    await line.clock.advance(2_000);
  });

  it('is the highest active one by default', async () => {
    const id = await send('default');
    await line.untilDrained();
    expect(await headOf(id)).toMatchObject({ version: 12, status: 'succeeded' });
  });

  it('is the one that the event names, active or not', async () => {
    const first = await send('first', { event: { workflowversion: 1 } });
    const inactive = await send('inactive', { event: { workflowversion: '20' } });
    await line.untilDrained();
    expect(await headOf(first)).toMatchObject({ version: 1, status: 'succeeded' });
    expect(await headOf(inactive)).toMatchObject({ version: 20, status: 'succeeded' });
  });

  it('is the new one soon after it is registered, and stays the old one for what runs', async () => {
    const before = await send('before');
    await line.prepare([unweighed(13)]);
    await line.clock.advance(1_000);
    const after = await send('after');
    await line.untilDrained();
    expect(await headOf(before)).toMatchObject({ version: 12 });
    expect(await headOf(after)).toMatchObject({ version: 13 });
  });

  it('waits when there is none that is active', async () => {
    for (const version of [1, 3, 12]) deactivate(version);
    await line.clock.advance(2_000);
    const id = await send('none');
    await line.clock.advance(5_000);
    expect(await headOf(id)).toBeNull();
    await line.prepare([unweighed(21)]);
    await line.untilDrained();
    expect(await headOf(id)).toMatchObject({ version: 21 });
  });
});

describe('a start event that came before', () => {
  it('is ignored while its workflow runs, and after its end', async () => {
    await line.prepare([unweighed(1)]);
    await line.addIntake();
    const id = await send('twice');
    await send('twice', { event: { data: { other: true } } });
    await line.addWorker(ACTIONS);
    await line.untilDrained();
    await send('twice', { event: { subject: 'another key' } });
    await line.untilDrained();
    expect(await headOf(id)).toMatchObject({ status: 'succeeded', businessKey: 'twice', input: {} });
    expect(line.store.shelves.size).toBe(1);
    expect(dead).toEqual([]);
    expect((await line.audit([id])).violations).toEqual([]);
  });

  it('is not what another source sends under the same id', async () => {
    await line.prepare([unweighed(1)]);
    await line.addIntake();
    await line.addWorker(ACTIONS);
    await send('same');
    await send('same', { event: { source: '/other' } });
    await line.untilDrained();
    expect(line.store.shelves.size).toBe(2);
  });

  it('is ignored although the version registered since would refuse it, and although none is active any more', async () => {
    await line.prepare([unweighed(1)]);
    await line.addIntake();
    await line.addWorker(ACTIONS);
    const id = await send('early');
    await line.untilDrained();
    await line.prepare([weighed(2)]);
    await line.clock.advance(2_000);
    await send('early');
    await line.untilDrained();
    for (const version of [1, 2]) deactivate(version);
    await line.clock.advance(2_000);
    await send('early');
    await line.untilDrained();
    expect(dead).toEqual([]);
    expect((await line.audit([id])).violations).toEqual([]);
  });

  it('goes on when its intake died before the first step was sent, although the version registered since would refuse it', async () => {
    await line.prepare([unweighed(1)]);
    const intake = await line.addIntake();
    points.once('head-inserted', {}, () => {
      intake.die();
      return undefined;
    });
    const id = await send('orphan');
    await line.until(intake.ended);
    await line.prepare([weighed(2)]);
    await line.addIntake();
    await line.addWorker(ACTIONS);
    await line.untilDrained();
    expect(dead).toEqual([]);
    expect(await headOf(id)).toMatchObject({ status: 'succeeded', version: 1 });
    expect((await line.audit([id])).violations).toEqual([]);
  });
});

describe('a start event on which the engine itself fails', () => {
  it('comes back later, with nothing in its headers that a client library could not write', async () => {
    const published: OutgoingMessage[] = [];
    let lookedUp = 0;
    const failOnce = (): void => {
      lookedUp += 1;
      if (lookedUp === 1) throw new TypeError('a mistake of ours');
    };
    line = new TestLine({
      wrapBroker: (broker) => watched(broker, 'publish', (message) => void published.push(message)),
      wrapJournal: (journal) => watched(journal, 'latestDefinition', failOnce),
    });
    await line.prepare([unweighed(1)]);
    await line.addIntake();
    await line.addWorker(ACTIONS);
    // By its size it is written as an integer, and it is none.
    const id = await send('unlucky', { headers: { 'conveyor-waited-ms': 2 ** 50 + 0.25 } });
    await line.untilDrained();
    expect(await headOf(id)).toMatchObject({ status: 'succeeded' });
    const [comeBack] = published;
    expect(comeBack).toMatchObject({
      exchange: expect.stringMatching(/\.delay\.\d\d$/),
      headers: { 'conveyor-routing-key': 'parcel', 'conveyor-waited-ms': DEFINITION_WAIT_MS },
    });
  });
});

describe('what the intake refuses', () => {
  beforeEach(async () => {
    await line.prepare([weighed(1)]);
    await line.addIntake();
    await line.addWorker(ACTIONS);
  });

  it.each([
    [{}, 'data.weight: is missing'],
    [{ weight: 'much' }, 'data.weight: must be number'],
    [{ weight: null }, 'data.weight: must be number'],
  ])('is an input that the definition does not take: %j', async (data, reason) => {
    await send('wrong', { event: { data } });
    await line.untilDrained();
    expect(reasons()).toEqual([['event-invalid', reason]]);
  });

  it('is kept whole: the bytes and the content type as they came, and where they came from', async () => {
    await send('wrong', { contentType: 'application/cloudevents+json; charset=utf-8', event: { time: 'soon' } });
    await line.untilDrained();
    expect(dead).toHaveLength(1);
    expect(dead[0]).toMatchObject({
      contentType: 'application/cloudevents+json; charset=utf-8',
      messageId: 'wrong',
      routingKey: 'event-invalid',
      headers: {
        'conveyor-code': 'event-invalid',
        'conveyor-reason': expect.stringMatching(/^time: /),
        'conveyor-queue': 'test.intake',
        'conveyor-exchange': 'test.start',
        'conveyor-routing-key': 'parcel',
      },
    });
    expect(dead[0]?.body.toString()).toContain('"time":"soon"');
  });

  it('is what comes under a key that its sender may use, and names another workflow in a header', async () => {
    const id = await send('smuggled', {
      routingKey: 'letter',
      event: { data: { weight: 1 } },
      headers: { 'conveyor-routing-key': 'parcel' },
    });
    await line.untilDrained();
    expect(await headOf(id)).toBeNull();
    expect(reasons().map(([code]) => code)).toEqual(['event-definition-unknown']);
  });

  it('is set aside with what AMQP has room for, where decoding has made the text longer than it came', async () => {
    // 255 bytes of no UTF-8, as a client library hands them over.
    await send('\ufffd'.repeat(255), { contentType: '\ufffd'.repeat(255), event: { id: 'broken' } });
    await line.untilDrained();
    expect(dead).toHaveLength(1);
    for (const text of [dead[0]?.contentType, dead[0]?.messageId]) {
      expect(text).toMatch(/^\ufffd+$/);
      expect(Buffer.byteLength(text ?? '')).toBeLessThanOrEqual(255);
    }
  });
});

/** There is no command for it yet. */
function deactivate(version: number): void {
  const id = definitionId('parcel', version);
  const record = line.store.definitions.get(id);
  if (!record) throw new Error(`version ${version} is not registered`);
  line.store.definitions.set(id, { ...record, active: false });
}

/** What a method of a port is called with. */
type Given<Method> = Method extends (...given: infer Arguments) => unknown ? Arguments : never;

/** The same port, with something done before each call of one method. */
function watched<Port extends object, Name extends keyof Port>(
  port: Port,
  method: Name,
  act: (...given: Given<Port[Name]>) => void,
): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...given: Given<Port[Name]>): unknown => {
        if (name === method) act(...given);
        return Reflect.apply(member, target, given);
      };
    },
  });
}

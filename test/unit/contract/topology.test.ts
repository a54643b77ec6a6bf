import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { matchesTopic, topicWords } from '../../../shared/broker/in-memory/topic-pattern.ts';
import { ladderTopology } from '../../../shared/contract/delay-ladder.ts';
import {
  DELIVERY_LIMIT,
  exchangeName,
  INTAKE_ADDRESS,
  lineTopology,
  NEVER_GIVEN_UP,
  stationAddress,
  stationTopology,
  type Topology,
} from '../../../shared/contract/topology.ts';

const NAMESPACE = 'conveyor';
const ACTIONS = ['reserve-stock', 'ship', 'ship-again', 'work', 'intake', 'dead', 'a', 'a'.repeat(64)];

const line = lineTopology(NAMESPACE, ladderTopology(NAMESPACE));
const whole: Topology = [line, ...ACTIONS.map((action) => stationTopology(NAMESPACE, action))].reduce((all, one) => ({
  exchanges: [...all.exchanges, ...one.exchanges],
  queues: [...all.queues, ...one.queues],
  bindings: [...all.bindings, ...one.bindings],
}));

/** The queues that an exchange leads to at once. */
const queuesFor = (exchange: string, routingKey: string): string[] =>
  whole.bindings.flatMap(({ from, to, pattern }) =>
    from === exchange && 'queue' in to && matchesTopic(topicWords(pattern), topicWords(routingKey)) ? [to.queue] : [],
  );

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,63}$/);

describe('the topology of a line', () => {
  it('begins every name with the namespace, and has each name once', () => {
    for (const objects of [whole.exchanges, whole.queues]) {
      const names = objects.map((one) => one.name);
      expect(names.filter((one) => !one.startsWith(`${NAMESPACE}.`))).toEqual([]);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('keeps the lines of two namespaces apart, also where one name begins like the other', () => {
    const others = lineTopology('conveyor-2', ladderTopology('conveyor-2'));
    const names = new Set([...line.exchanges, ...line.queues].map((one) => one.name));
    expect([...others.exchanges, ...others.queues].filter((one) => names.has(one.name))).toEqual([]);
    expect([...names].filter((one) => one.startsWith('conveyor-2.'))).toEqual([]);
  });

  it('binds and dead-letters to nothing that it does not declare', () => {
    const exchanges = new Set(whole.exchanges.map((one) => one.name));
    const queues = new Set(whole.queues.map((one) => one.name));
    for (const { from, to } of whole.bindings) {
      expect(exchanges).toContain(from);
      expect('queue' in to ? queues.has(to.queue) : exchanges.has(to.exchange)).toBe(true);
    }
    for (const one of whole.queues)
      if (one.deadLetterExchange !== undefined) expect(exchanges).toContain(one.deadLetterExchange);
    for (const one of whole.exchanges)
      if (one.alternateExchange !== undefined) expect(exchanges).toContain(one.alternateExchange);
  });

  it('brings every start event to the intake, whatever its key: what is wrong with it is told there', () => {
    fc.assert(
      fc.property(fc.oneof(name, fc.string({ unit: 'binary', maxLength: 60 })), (key) => {
        expect(queuesFor(exchangeName.start(NAMESPACE), key)).toEqual(['conveyor.intake']);
      }),
    );
  });

  it('brings an envelope to the station of its action, whatever the workflow, and to no other', () => {
    fc.assert(
      fc.property(name, fc.constantFrom(...ACTIONS), (workflow, action) => {
        expect(queuesFor(exchangeName.work(NAMESPACE), `${workflow}.${action}`)).toEqual([`conveyor.work.${action}`]);
      }),
    );
    expect(queuesFor(exchangeName.work(NAMESPACE), 'order-payment.unknown')).toEqual([]);
  });

  it('brings what was delayed to its station or to the intake, also where an action is called as the intake is', () => {
    for (const action of ACTIONS) {
      expect(queuesFor(exchangeName.deliver(NAMESPACE), `0.0.1.${stationAddress(action)}`)).toEqual([
        `conveyor.work.${action}`,
      ]);
    }
    expect(queuesFor(exchangeName.deliver(NAMESPACE), `0.0.1.${INTAKE_ADDRESS}`)).toEqual(['conveyor.intake']);
  });

  it('keeps everything that is set aside or given up, by whatever key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (key) => {
        expect(queuesFor(exchangeName.dead(NAMESPACE), key)).toEqual(['conveyor.dead']);
        expect(queuesFor(exchangeName.returned(NAMESPACE), key)).toEqual(['conveyor.returned']);
      }),
    );
  });

  it('lets the broker drop nothing: a limit of its own on every queue that is taken from, and behind it the returned ones or none', () => {
    // What rests on the ladder is never delivered to anybody.
    for (const one of whole.queues.filter(({ messageTtlMs }) => messageTtlMs === undefined)) {
      const { deadLetterExchange, deliveryLimit } = one;
      expect({ [one.name]: { deadLetterExchange, deliveryLimit } }).toEqual({
        [one.name]: deadLetterExchange
          ? { deadLetterExchange: exchangeName.returned(NAMESPACE), deliveryLimit: DELIVERY_LIMIT }
          : { deadLetterExchange: undefined, deliveryLimit: NEVER_GIVEN_UP },
      });
    }
  });
});

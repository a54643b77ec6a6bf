import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { matchesTopic, topicWords } from '../../../shared/broker/in-memory/topic-pattern.ts';
import {
  DEFAULT_LADDER,
  delayRoute,
  type LadderOptions,
  ladderTopology,
} from '../../../shared/contract/delay-ladder.ts';
import { INTAKE_ADDRESS, stationAddress, type Topology } from '../../../shared/contract/topology.ts';
import { LIMITS } from '../../../shared/core/limits.ts';

const NAMESPACE = 'conveyor';
const KEY_BYTES = 255;
const LONGEST_MS = (2 ** DEFAULT_LADDER.rungs - 1) * DEFAULT_LADDER.unitMs;

interface Walk {
  readonly restedMs: number;
  readonly rungs: number;
  readonly routingKey: string;
}

/**
 * Where a message goes from an exchange, by the bindings alone: through exchanges at once, in a queue until its time to live is over.
 * @throws Error when there is not exactly one way on
 */
function walk(topology: Topology, { exchange, routingKey }: { exchange: string; routingKey: string }): Walk {
  const words = topicWords(routingKey);
  let restedMs = 0;
  let rungs = 0;
  for (let at = exchange; at !== `${NAMESPACE}.deliver`; ) {
    const ways = topology.bindings.filter(
      ({ from, pattern }) => from === at && matchesTopic(topicWords(pattern), words),
    );
    const [way] = ways;
    if (!way || ways.length > 1) throw new Error(`${ways.length} ways from ${at} for ${routingKey}`);
    if ('exchange' in way.to) {
      at = way.to.exchange;
      continue;
    }
    const name = way.to.queue;
    const queue = topology.queues.find((one) => one.name === name);
    if (queue?.messageTtlMs === undefined || queue.deadLetterExchange === undefined)
      throw new Error(`${name} keeps it`);
    restedMs += queue.messageTtlMs;
    rungs += 1;
    at = queue.deadLetterExchange;
  }
  return { restedMs, rungs, routingKey };
}

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,63}$/);
const address = fc.oneof(name.map(stationAddress), fc.constant(INTAKE_ADDRESS));
const anyDelay = fc.oneof(
  fc.integer({ min: -1_000, max: 10_000 }),
  fc.double({ min: 0, max: 100_000, noNaN: true }),
  // The borders between rungs.
  fc
    .record({ level: fc.nat(29), offset: fc.integer({ min: -1, max: 1 }) })
    .map(({ level, offset }) => (2 ** level + offset) * DEFAULT_LADDER.unitMs),
  fc.integer({ min: 0, max: LONGEST_MS }),
  fc.constantFrom(0, -0, 0.001, LONGEST_MS, LONGEST_MS + 1, Number.MAX_VALUE, Number.POSITIVE_INFINITY),
);

describe('the delay ladder', () => {
  const topology = ladderTopology(NAMESPACE);

  it('delays by what was asked for, rounded up to whole units, at least one and at most all', () => {
    fc.assert(
      fc.property(anyDelay, address, (delayMs, to) => {
        const { restedMs } = walk(topology, delayRoute(NAMESPACE, delayMs, to));
        const units = Math.ceil(delayMs / DEFAULT_LADDER.unitMs);
        expect(restedMs).toBe(Math.min(LONGEST_MS, Math.max(1, units) * DEFAULT_LADDER.unitMs));
      }),
      { numRuns: 2_000 },
    );
  });

  it('ends with the address as the last word, whatever the delay', () => {
    fc.assert(
      fc.property(anyDelay, address, (delayMs, to) => {
        const { routingKey } = walk(topology, delayRoute(NAMESPACE, delayMs, to));
        expect(topicWords(routingKey)).toHaveLength(DEFAULT_LADDER.rungs + 1);
        expect(topicWords(routingKey).at(-1)).toBe(to);
        expect(matchesTopic(topicWords(`#.${to}`), topicWords(routingKey))).toBe(true);
      }),
    );
  });

  it('does the same with any unit and any number of rungs', () => {
    const ladders = fc.record({ unitMs: fc.integer({ min: 1, max: 60_000 }), rungs: fc.integer({ min: 1, max: 40 }) });
    fc.assert(
      fc.property(ladders, fc.nat(2 ** 31 - 1), (ladder: LadderOptions, units) => {
        const { restedMs } = walk(
          ladderTopology(NAMESPACE, ladder),
          delayRoute(NAMESPACE, units * ladder.unitMs, 'work:a', ladder),
        );
        expect(restedMs / ladder.unitMs).toBe(Math.min(2 ** ladder.rungs - 1, Math.max(1, units)));
      }),
      { numRuns: 300 },
    );
  });

  it('lets a message rest on a rung once, on no more rungs than there are bits in the delay', () => {
    expect(walk(topology, delayRoute(NAMESPACE, 100, 'intake')).rungs).toBe(1);
    expect(walk(topology, delayRoute(NAMESPACE, 100 * 2 ** 27, 'intake')).rungs).toBe(1);
    expect(walk(topology, delayRoute(NAMESPACE, LONGEST_MS, 'intake')).rungs).toBe(DEFAULT_LADDER.rungs);
  });

  it('reaches further than any retry waits', () => {
    expect(LONGEST_MS).toBeGreaterThan(2 * LIMITS.backoffMs);
  });

  it('has room for the longest names in what AMQP takes as a key or a name', () => {
    const longest = 'n'.repeat(32);
    const { exchange, routingKey } = delayRoute(longest, LONGEST_MS, stationAddress('a'.repeat(64)));
    expect(Buffer.byteLength(routingKey)).toBeLessThanOrEqual(KEY_BYTES);
    expect(Buffer.byteLength(exchange)).toBeLessThanOrEqual(KEY_BYTES);
    const { exchanges, queues, bindings } = ladderTopology(longest);
    for (const text of [...exchanges, ...queues].map((one) => one.name).concat(bindings.map((one) => one.pattern))) {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(KEY_BYTES);
    }
  });

  it('loses nothing to a destination that is gone, and refuses nothing that it feeds itself', () => {
    const deliver = topology.exchanges.find((one) => one.name === 'conveyor.deliver');
    expect(deliver?.alternateExchange).toBe('conveyor.returned');
    for (const queue of topology.queues) {
      expect(Object.keys(queue).toSorted()).toEqual(['deadLetterExchange', 'messageTtlMs', 'name']);
    }
  });

  it('goes down only: no rung leads back up, so nothing can circle', () => {
    const levelOf = (exchange: string): number => (exchange.endsWith('.deliver') ? -1 : Number(exchange.slice(-2)));
    for (const { from, to } of topology.bindings) {
      if ('exchange' in to) expect(levelOf(to.exchange)).toBe(levelOf(from) - 1);
      else expect(to.queue).toBe(from);
    }
    for (const one of topology.queues) expect(levelOf(one.deadLetterExchange ?? '')).toBe(levelOf(one.name) - 1);
  });
});

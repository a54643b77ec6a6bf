import { exchangeName, type Topology } from './topology.ts';

/**
 * Delays of any length without head-of-line blocking: a ladder of queues whose TTL doubles from rung to rung. The binary
 * digits of the delay, spelled in the routing key from the highest rung down, say on which rungs a message rests ("1")
 * and which it passes by ("0"); after the last rung it reaches the deliver exchange, where the key's last word is the
 * address. (The design of Particular Software's NServiceBus.RabbitMQ delay infrastructure, version 2.)
 */
export interface LadderOptions {
  /** Length of the shortest delay, milliseconds. */
  readonly unitMs: number;
  /** Number of rungs: the longest delay is (2^rungs − 1) units. */
  readonly rungs: number;
}

/** 100 ms to about 310 days. */
export const DEFAULT_LADDER: LadderOptions = { unitMs: 100, rungs: 28 };

const rungName = (namespace: string, level: number): string => `${namespace}.delay.${String(level).padStart(2, '0')}`;

/** Exchanges, queues and bindings of the ladder. */
export function ladderTopology(namespace: string, ladder: LadderOptions = DEFAULT_LADDER): Topology {
  const top = ladder.rungs - 1;
  const levels = Array.from({ length: ladder.rungs }, (_, index) => top - index);
  const below = (level: number): string =>
    level === 0 ? exchangeName.deliver(namespace) : rungName(namespace, level - 1);
  const skipped = (level: number): string => '*.'.repeat(top - level);
  return {
    exchanges: [
      // One vanished destination must not jam a rung for everybody: what no binding takes comes to the steward, who sends it there again.
      { name: exchangeName.deliver(namespace), type: 'topic', alternateExchange: exchangeName.returned(namespace) },
      ...levels.map((level) => ({ name: rungName(namespace, level), type: 'topic' as const })),
    ],
    queues: levels.map((level) => ({
      name: rungName(namespace, level),
      messageTtlMs: ladder.unitMs * 2 ** level,
      deadLetterExchange: below(level),
    })),
    bindings: levels.flatMap((level) => [
      { from: rungName(namespace, level), to: { queue: rungName(namespace, level) }, pattern: `${skipped(level)}1.#` },
      { from: rungName(namespace, level), to: { exchange: below(level) }, pattern: `${skipped(level)}0.#` },
    ]),
  };
}

/**
 * Where to publish a message that shall reach `address` after `delayMs`: rounded up to whole units, at least one, at most
 * the whole ladder.
 */
export function delayRoute(
  namespace: string,
  delayMs: number,
  address: string,
  ladder: LadderOptions = DEFAULT_LADDER,
): { exchange: string; routingKey: string } {
  const longest = 2 ** ladder.rungs - 1;
  const units = Math.min(longest, Math.max(1, Math.ceil(delayMs / ladder.unitMs)));
  const digits = units.toString(2).padStart(ladder.rungs, '0');
  const highest = ladder.rungs - 1 - digits.indexOf('1');
  return { exchange: rungName(namespace, highest), routingKey: `${digits.split('').join('.')}.${address}` };
}

/** Where a message wanted to go that came down the ladder; undefined of one with another routing key. */
export const addressOnLadder = (routingKey: string): string | undefined => /^(?:[01]\.)+([^.]+)$/.exec(routingKey)?.[1];

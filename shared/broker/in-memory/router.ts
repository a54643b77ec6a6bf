import { isDeepStrictEqual } from 'node:util';
import type { Binding, Exchange, Queue, Topology } from '../../contract/topology.ts';
import { Refused, Unavailable } from '../../core/errors.ts';
import { MessageQueue, type QueueHost } from './queue.ts';
import { matchesTopic, topicWords } from './topic-pattern.ts';

/** Keys remembered per exchange. Delayed messages have keys without number, so the memory is emptied when it is full. */
const REMEMBERED_KEYS_MAX = 4_096;

interface Destination {
  readonly text: string;
  readonly pattern: readonly string[];
  readonly target: MessageQueue | ExchangeNode;
}

interface ExchangeNode {
  readonly declaration: Exchange;
  readonly destinations: Destination[];
  readonly remembered: Map<string, readonly MessageQueue[]>;
}

/** The exchanges, queues and bindings that have been declared, and the way of a message through them. */
export class Router {
  readonly #exchanges = new Map<string, ExchangeNode>();
  readonly #queuesByName = new Map<string, MessageQueue>();
  readonly #host: QueueHost;

  constructor(host: QueueHost) {
    this.#host = host;
  }

  queue(name: string): MessageQueue | undefined {
    return this.#queuesByName.get(name);
  }

  queues(): IterableIterator<MessageQueue> {
    return this.#queuesByName.values();
  }

  hasExchange(name: string): boolean {
    return this.#exchanges.has(name);
  }

  /** @throws Refused `topology-differs`; Unavailable when a binding names what does not exist */
  declare(topology: Topology): void {
    for (const exchange of topology.exchanges) this.#declareExchange(exchange);
    for (const queue of topology.queues) this.#declareQueue(queue);
    for (const binding of topology.bindings) this.#bind(binding);
    for (const node of this.#exchanges.values()) node.remembered.clear();
  }

  /** With its bindings; what lies in it is gone. */
  remove(name: string): void {
    const queue = this.#queuesByName.get(name);
    if (queue === undefined) return;
    queue.close();
    this.#queuesByName.delete(name);
    for (const { destinations, remembered } of this.#exchanges.values()) {
      const at = destinations.findIndex(({ target }) => target === queue);
      if (at >= 0) destinations.splice(at, 1);
      remembered.clear();
    }
  }

  /** The queues that a message reaches, each once; undefined when the exchange does not exist. */
  route(exchange: string, routingKey: string): readonly MessageQueue[] | undefined {
    const node = this.#exchanges.get(exchange);
    if (node === undefined) return undefined;
    const known = node.remembered.get(routingKey);
    if (known !== undefined) return known;
    const reached = new Set<MessageQueue>();
    this.#collect(node, topicWords(routingKey), reached, new Set());
    if (node.remembered.size >= REMEMBERED_KEYS_MAX) node.remembered.clear();
    const queues = [...reached];
    node.remembered.set(routingKey, queues);
    return queues;
  }

  /** The alternate exchange is asked exchange by exchange: where no binding matches, not where nothing is reached. */
  #collect(node: ExchangeNode, words: readonly string[], reached: Set<MessageQueue>, visited: Set<ExchangeNode>): void {
    if (visited.has(node)) return;
    visited.add(node);
    let matched = false;
    for (const { pattern, target } of node.destinations) {
      if (!matchesTopic(pattern, words)) continue;
      matched = true;
      if (target instanceof MessageQueue) reached.add(target);
      else this.#collect(target, words, reached, visited);
    }
    if (matched || node.declaration.alternateExchange === undefined) return;
    const alternate = this.#exchanges.get(node.declaration.alternateExchange);
    if (alternate !== undefined) this.#collect(alternate, words, reached, visited);
  }

  #declareExchange(declaration: Exchange): void {
    const existing = this.#exchanges.get(declaration.name);
    if (existing === undefined) {
      this.#exchanges.set(declaration.name, { declaration, destinations: [], remembered: new Map() });
    } else {
      refuseDifference('exchange', existing.declaration, declaration);
    }
  }

  #declareQueue(declaration: Queue): void {
    const existing = this.#queuesByName.get(declaration.name);
    if (existing === undefined) this.#queuesByName.set(declaration.name, new MessageQueue(declaration, this.#host));
    else refuseDifference('queue', existing.declaration, declaration);
  }

  #bind(binding: Binding): void {
    const from = this.#exchanges.get(binding.from);
    if (from === undefined) throw missing('exchange', binding.from);
    const target =
      'queue' in binding.to
        ? (this.#queuesByName.get(binding.to.queue) ?? missing('queue', binding.to.queue))
        : (this.#exchanges.get(binding.to.exchange) ?? missing('exchange', binding.to.exchange));
    if (target instanceof Error) throw target;
    const isKnown = from.destinations.some((other) => other.text === binding.pattern && other.target === target);
    if (!isKnown) from.destinations.push({ text: binding.pattern, pattern: topicWords(binding.pattern), target });
  }
}

const missing = (kind: 'exchange' | 'queue', name: string): Unavailable =>
  new Unavailable('broker-unavailable', { problem: `a binding names ${kind} "${name}", which does not exist` });

function refuseDifference(kind: 'exchange' | 'queue', existing: Exchange | Queue, declared: Exchange | Queue): void {
  if (isDeepStrictEqual(existing, declared)) return;
  throw new Refused('topology-differs', {
    object: `${kind} "${declared.name}"`,
    problem: `it is ${JSON.stringify(existing)}, not ${JSON.stringify(declared)}`,
  });
}

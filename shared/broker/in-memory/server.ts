import type { Topology } from '../../contract/topology.ts';
import type { Clock } from '../../core/clock.ts';
import { Unavailable } from '../../core/errors.ts';
import type { OutgoingMessage } from '../broker.ts';
import { InMemoryConnection } from './connection.ts';
import { type DeathReason, deathHeaders, type StoredMessage, storedMessage } from './message.ts';
import type { MessageQueue, QueueHost } from './queue.ts';
import { Router } from './router.ts';

/** A publish on its way: its connection can still break before the server takes it. */
export interface Submission {
  readonly message: OutgoingMessage;
  /** Calls after the first have no effect. */
  readonly answer: (error?: Error) => void;
  isAnswered: boolean;
}

/** The messages of a queue, for audits: all of them are 0 when nothing is on the line. */
export interface QueueDepth {
  readonly ready: number;
  readonly unacknowledged: number;
}

/**
 * A broker for one process: a small, faithful model of RabbitMQ with quorum queues. What lives as long as this object is what a
 * broker keeps on disk; connections come and go, and can be broken on purpose.
 *
 * Turns: nothing is routed or delivered inside a caller's stack. A publish or an acknowledgement asks for a turn, the next
 * timer of 0 ms; a turn takes the publishes that have come in, in order, then hands out from every queue that has changed.
 * So runs over a virtual clock repeat themselves exactly, and a busy line still lets the event loop breathe.
 *
 * Not modelled: the loss of a majority, the dropping of cycles that consist of expiries alone, priorities, limits of length.
 */
export class InMemoryBroker implements QueueHost {
  readonly clock: Clock;
  readonly #router: Router;
  readonly #connections = new Set<InMemoryConnection>();
  #submissions: Submission[] = [];
  #awake = new Set<MessageQueue>();
  #isTurnDue = false;
  #listeners = 0;
  #isUp = true;

  constructor(options: { readonly clock: Clock }) {
    this.clock = options.clock;
    this.#router = new Router(this);
  }

  /** A connection of its own, as one process has it. */
  connect(): InMemoryConnection {
    const connection = new InMemoryConnection(this);
    this.#connections.add(connection);
    return connection;
  }

  get isRunning(): boolean {
    return this.#isUp;
  }

  /** The server goes away: every connection breaks. What lies in queues stays. */
  stop(): void {
    this.#isUp = false;
    for (const connection of this.#connections) connection.drop();
  }

  /** The server is back: connections that live connect again. */
  start(): void {
    this.#isUp = true;
    for (const connection of this.#connections) connection.reconnect();
  }

  /** Ready and unacknowledged messages by queue. */
  depths(): ReadonlyMap<string, QueueDepth> {
    const depths = new Map<string, QueueDepth>();
    for (const queue of this.#router.queues()) {
      depths.set(queue.declaration.name, { ready: queue.readyCount, unacknowledged: queue.unacknowledgedCount });
    }
    return depths;
  }

  /** Forgets timers and connections; messages that rest on the delay ladder rest for good. */
  close(): void {
    for (const connection of this.#connections) connection.kill();
    for (const queue of this.#router.queues()) queue.close();
  }

  // For the connections.

  submit(submission: Submission): void {
    this.#submissions.push(submission);
    this.#askForTurn();
  }

  queue(name: string): MessageQueue | undefined {
    return this.#router.queue(name);
  }

  declare(topology: Topology): void {
    this.#router.declare(topology);
    for (const queue of this.#router.queues()) queue.retryDeadLetters();
    for (const connection of this.#connections) connection.register();
  }

  missing(topology: Topology): readonly string[] {
    return [
      ...topology.exchanges.filter(({ name }) => !this.#router.hasExchange(name)),
      ...topology.queues.filter(({ name }) => this.#router.queue(name) === undefined),
    ].map(({ name }) => name);
  }

  /** A queue of one connection alone, which removes it. False: there is no such exchange. */
  declareListening(queue: string, exchange: string, pattern: string): boolean {
    if (!this.#router.hasExchange(exchange)) return false;
    this.#router.declare({
      exchanges: [],
      queues: [{ name: queue }],
      bindings: [{ from: exchange, to: { queue }, pattern }],
    });
    return true;
  }

  /** The number of a listening queue, for its name. */
  nextListener(): number {
    this.#listeners += 1;
    return this.#listeners;
  }

  removeQueue(name: string): void {
    this.#router.remove(name);
  }

  disconnected(connection: InMemoryConnection): void {
    this.#connections.delete(connection);
  }

  // For the queues.

  wake(queue: MessageQueue): void {
    this.#awake.add(queue);
    this.#askForTurn();
  }

  deadLetter(queue: MessageQueue, message: StoredMessage, reason: DeathReason): boolean {
    const { name, deadLetterExchange } = queue.declaration;
    const targets = deadLetterExchange === undefined ? [] : this.#router.route(deadLetterExchange, message.routingKey);
    if (deadLetterExchange === undefined || targets === undefined || targets.length === 0) return false;
    const headers = deathHeaders(message, name, reason);
    for (const target of targets) {
      target.enqueue({ ...message, exchange: deadLetterExchange, headers, expiresAt: target.expiresAt(), returns: 0 });
    }
    return true;
  }

  #askForTurn(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    this.clock.after(0, () => this.#turn());
  }

  #turn(): void {
    this.#isTurnDue = false;
    const submissions = this.#submissions;
    const awake = this.#awake;
    this.#submissions = [];
    for (const submission of submissions) if (!submission.isAnswered) this.#take(submission);
    // Those that the submissions woke are handed out now; those that wake from here on have the next turn.
    this.#awake = new Set();
    for (const queue of awake) queue.dispatch();
  }

  #take(submission: Submission): void {
    const { message } = submission;
    const { exchange, routingKey } = message;
    const queues = this.#router.route(exchange, routingKey);
    if (queues === undefined) {
      submission.answer(new Unavailable('exchange-missing', { exchange }));
    } else if (queues.length === 0 && message.mandatory) {
      submission.answer(new Unavailable('publish-unroutable', { exchange, routingKey }));
    } else {
      for (const queue of queues) queue.enqueue(storedMessage(message, queue.expiresAt()));
      submission.answer();
    }
  }
}

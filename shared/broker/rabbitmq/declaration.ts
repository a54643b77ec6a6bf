import type { Channel, ChannelModel } from 'amqplib';
import type { Queue, Topology } from '../../contract/topology.ts';
import { ConveyorError, Refused, Unavailable } from '../../core/errors.ts';
import { type RabbitMqConnection, stopped } from './connection.ts';
import { problemOf, replyCodeOf, within } from './deadline.ts';
import type { Settings } from './options.ts';

const NOT_FOUND = 404;
const PRECONDITION_FAILED = 406;
/** How often at most lost objects are declared again. */
const REPAIR_AGAIN_MS = 1_000;

/** What is declared, asked and counted, each on a channel that lives for the one operation: an error costs nobody else. */
export class Declarations {
  private readonly connection: RabbitMqConnection;
  private readonly settings: Settings;
  /** What this process has declared, by content: what it declares again when the broker has lost it. */
  private readonly declared = new Map<string, Topology>();
  /** Operations that wait for a connection. */
  private readonly waiting = new Set<(error: Error) => void>();
  private isClosed = false;
  private repairing: Promise<void> | undefined;
  private repairAgainAt = 0;

  constructor(connection: RabbitMqConnection, settings: Settings) {
    this.connection = connection;
    this.settings = settings;
  }

  async declare(topology: Topology): Promise<void> {
    await this.operate((channel) => declareAll(channel, topology));
    this.declared.set(JSON.stringify(topology), topology);
  }

  /** Something that should be there is not: a broker that lost its data gets back what this process had declared. */
  async repair(): Promise<void> {
    if (this.repairing === undefined && this.settings.clock.monotonic() < this.repairAgainAt) return;
    this.repairing ??= this.declareAgain();
    await this.repairing;
  }

  async missing(topology: Topology): Promise<readonly string[]> {
    const missing: string[] = [];
    const ask = async (name: string, check: (channel: Channel) => Promise<unknown>): Promise<void> => {
      if ((await this.askFor(check)) === null) missing.push(name);
    };
    for (const { name } of topology.exchanges) await ask(name, (channel) => channel.checkExchange(name));
    for (const { name } of topology.queues) await ask(name, (channel) => channel.checkQueue(name));
    return missing;
  }

  async depth(queue: string): Promise<number | null> {
    const found = await this.askFor((channel) => channel.checkQueue(queue));
    return found?.messageCount ?? null;
  }

  /** Ends what waits for a connection; there will be none. What is under way ends with the connection. */
  close(): void {
    this.isClosed = true;
    for (const fail of this.waiting) fail(stopped());
  }

  private async declareAgain(): Promise<void> {
    for (const topology of this.declared.values()) {
      try {
        await this.operate((channel) => declareAll(channel, topology));
      } catch (error) {
        this.settings.log('warn', 'could not declare again', { problem: problemOf(error) });
      }
    }
    this.repairing = undefined;
    this.repairAgainAt = this.settings.clock.monotonic() + REPAIR_AGAIN_MS;
  }

  /** Null: there is no such thing. */
  private async askFor<T>(check: (channel: Channel) => Promise<T>): Promise<T | null> {
    return await this.operate(async (channel) => {
      try {
        return await check(channel);
      } catch (error) {
        if (replyCodeOf(error) === NOT_FOUND) return null;
        throw error;
      }
    });
  }

  /** @throws Unavailable when there is no connection, no answer in time, or a refusal that is not the caller's doing */
  private async operate<T>(action: (channel: Channel) => Promise<T>): Promise<T> {
    if (this.isClosed) throw stopped();
    const { clock, deadlines } = this.settings;
    const startedAt = clock.monotonic();
    const model = await this.connected(deadlines.operationMs);
    const leftMs = deadlines.operationMs - (clock.monotonic() - startedAt);
    const operation = onChannel(model, action);
    const outcome = await within(clock, leftMs, operation.result);
    if (outcome.kind === 'done') return outcome.value;
    if (outcome.kind === 'late') {
      // Only this operation is given up: a queue without a leader answers nobody, and its neighbours are well.
      operation.abandon();
      throw new Unavailable('broker-unavailable', { problem: `no answer within ${deadlines.operationMs} ms` });
    }
    if (outcome.error instanceof ConveyorError) throw outcome.error;
    throw new Unavailable('broker-unavailable', { problem: problemOf(outcome.error) }, { cause: outcome.error });
  }

  private connected(ms: number): Promise<ChannelModel> {
    const { connection, settings, waiting } = this;
    const { model } = connection;
    if (model !== undefined) return Promise.resolve(model);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        timer.cancel();
        connection.unlisten(listener);
        waiting.delete(fail);
      };
      const fail = (error: Error): void => {
        leave();
        reject(error);
      };
      let because = '';
      const listener = {
        up: (opened: ChannelModel) => {
          leave();
          resolve(opened);
        },
        down: () => {},
        failed: (problem: string) => {
          because = `: ${problem}`;
        },
      };
      const timer = settings.clock.after(ms, () =>
        fail(new Unavailable('broker-unavailable', { problem: `no connection within ${ms} ms${because}` })),
      );
      waiting.add(fail);
      connection.listen(listener);
    });
  }
}

function onChannel<T>(model: ChannelModel, action: (channel: Channel) => Promise<T>) {
  let opened: Channel | undefined;
  const abandon = (): void => {
    // Closed already after an error; and never answered on a connection that ends first.
    opened?.close().catch(() => {});
  };
  const perform = async (): Promise<T> => {
    const channel = await model.createChannel();
    // The operation that fails tells the error; without a listener it would end the process as well.
    channel.on('error', () => {});
    opened = channel;
    try {
      return await action(channel);
    } finally {
      abandon();
    }
  };
  return { result: perform(), abandon };
}

async function declareAll(channel: Channel, topology: Topology): Promise<void> {
  for (const { name, type, alternateExchange } of topology.exchanges) {
    const options = { durable: true, ...(alternateExchange !== undefined && { alternateExchange }) };
    await refusing(`exchange "${name}"`, channel.assertExchange(name, type, options));
  }
  for (const queue of topology.queues) {
    const options = { durable: true, arguments: queueArguments(queue) };
    await refusing(`queue "${queue.name}"`, channel.assertQueue(queue.name, options));
  }
  for (const { from, to, pattern } of topology.bindings) {
    if ('queue' in to) await channel.bindQueue(to.queue, from, pattern);
    else await channel.bindExchange(to.exchange, from, pattern);
  }
}

async function refusing(object: string, declaration: Promise<unknown>): Promise<void> {
  try {
    await declaration;
  } catch (error) {
    if (replyCodeOf(error) !== PRECONDITION_FAILED) throw error;
    throw new Refused('topology-differs', { object, problem: problemOf(error) }, { cause: error });
  }
}

/** A queue's properties in RabbitMQ's words. */
function queueArguments(queue: Queue): Record<string, string | number> {
  const { messageTtlMs, deadLetterExchange, deliveryLimit } = queue;
  return {
    'x-queue-type': 'quorum',
    ...(messageTtlMs !== undefined && { 'x-message-ttl': messageTtlMs }),
    ...(deliveryLimit !== undefined && { 'x-delivery-limit': deliveryLimit }),
    ...(deadLetterExchange !== undefined && {
      'x-dead-letter-exchange': deadLetterExchange,
      'x-dead-letter-strategy': 'at-least-once',
      // Without it, at-least-once is silently at-most-once.
      'x-overflow': 'reject-publish',
    }),
  };
}

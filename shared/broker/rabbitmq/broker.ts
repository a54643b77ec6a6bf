import type { Topology } from '../../contract/topology.ts';
import type { Broker, ConsumeOptions, ListenOptions, OutgoingMessage, Subscription } from '../broker.ts';
import { RabbitMqConnection, stopped } from './connection.ts';
import { type PrepareChannel, RabbitMqConsumer } from './consumer.ts';
import { within } from './deadline.ts';
import { Declarations } from './declaration.ts';
import { dialer } from './dial.ts';
import { listening, makeListeningQueue } from './listening-queue.ts';
import { MissingExchanges } from './missing-exchanges.ts';
import { completeOptions, type RabbitMqOptions, type Settings } from './options.ts';
import { RabbitMqPublisher } from './publisher.ts';

/**
 * The broker port over RabbitMQ. One connection publishes, another one consumes and declares (opened when it is first needed): an
 * alarm of the broker blocks what publishes, and acknowledgements must still pass. Each looks after itself
 * (`connection.ts`), and so does each channel on it (`channel.ts`); this class only puts them together.
 */
export class RabbitMqBroker implements Broker {
  private readonly settings: Settings;
  private readonly publishing: RabbitMqConnection;
  private readonly consuming: RabbitMqConnection;
  private readonly publisher: RabbitMqPublisher;
  private readonly declarations: Declarations;
  private readonly consumers = new Set<RabbitMqConsumer>();
  /** Calls of `consume` that have not resolved. */
  private readonly unregistered = new Set<(error: Error) => void>();
  private closed: Promise<void> | undefined;

  constructor(options: RabbitMqOptions) {
    const settings = completeOptions(options);
    this.settings = settings;
    this.publishing = new RabbitMqConnection('publishing', settings, dialer('publishing', settings));
    this.consuming = new RabbitMqConnection('consuming', settings, dialer('consuming', settings));
    this.declarations = new Declarations(this.consuming, settings);
    const missing = new MissingExchanges(settings.clock, (exchanges) => this.findMissing(exchanges));
    this.publisher = new RabbitMqPublisher(this.publishing, settings, missing);
    this.publishing.start();
  }

  publish(message: OutgoingMessage): Promise<void> {
    return this.publisher.publish(message);
  }

  consume(queue: string, options: ConsumeOptions): Promise<Subscription> {
    return this.subscribe(queue, options);
  }

  listen(options: ListenOptions): Promise<Subscription> {
    const queue = `${options.exchange}.watch.${this.settings.random.id()}`;
    return this.subscribe(queue, listening(options), (channel) => makeListeningQueue(channel, queue, options));
  }

  private subscribe(queue: string, options: ConsumeOptions, prepare?: PrepareChannel): Promise<Subscription> {
    return new Promise((resolve, reject) => {
      if (this.closed !== undefined) {
        reject(stopped());
        return;
      }
      this.consuming.start();
      this.unregistered.add(reject);
      const consumer = new RabbitMqConsumer(queue, options, this.consuming, this.settings, {
        prepare,
        opened: () => {
          this.unregistered.delete(reject);
          resolve(consumer);
        },
        queueMissing: () => void this.declarations.repair(),
        ended: () => this.consumers.delete(consumer),
      });
      this.consumers.add(consumer);
    });
  }

  async declare(topology: Topology): Promise<void> {
    this.begin();
    await this.declarations.declare(topology);
  }

  async verify(topology: Topology): Promise<readonly string[]> {
    this.begin();
    return await this.declarations.missing(topology);
  }

  async depth(queue: string): Promise<number | null> {
    this.begin();
    return await this.declarations.depth(queue);
  }

  isReady(): boolean {
    if (this.closed !== undefined || !this.publisher.isReady) return false;
    for (const consumer of this.consumers) if (!consumer.isReady) return false;
    return true;
  }

  publishesSince(): number | undefined {
    return this.closed === undefined ? this.publisher.readySince : undefined;
  }

  close(): Promise<void> {
    this.closed ??= this.shutDown();
    return this.closed;
  }

  /** In this order: nothing new, then what is under way, then the channels (they may hold unsent acknowledgements), then the rest. */
  private async shutDown(): Promise<void> {
    const { clock, deadlines } = this.settings;
    const endsAt = clock.monotonic() + deadlines.closeMs;
    const leftMs = (): number => Math.max(0, endsAt - clock.monotonic());
    for (const reject of this.unregistered) reject(stopped());
    this.declarations.close();
    const consumers = [...this.consumers];
    const cancelled = Promise.all(consumers.map((consumer) => consumer.cancel()));
    await within(clock, leftMs(), Promise.all([cancelled, this.publisher.drain()]));
    await Promise.all([...consumers, this.publisher].map((part) => part.close(leftMs())));
    await Promise.all([this.publishing, this.consuming].map((connection) => connection.close(leftMs())));
  }

  private begin(): void {
    if (this.closed !== undefined) throw stopped();
    this.consuming.start();
  }

  private async findMissing(exchanges: readonly string[]): Promise<readonly string[]> {
    if (this.closed !== undefined) return [];
    this.consuming.start();
    await this.declarations.repair();
    try {
      const asked = exchanges.map((name) => ({ name, type: 'topic' as const }));
      return await this.declarations.missing({ exchanges: asked, queues: [], bindings: [] });
    } catch {
      // Not known: they may be tried again, and the broker says so if one is still missing.
      return [];
    }
  }
}

import type {
  Broker,
  ConsumeOptions,
  ListenOptions,
  OutgoingMessage,
  Subscription,
} from '../../shared/broker/broker.ts';
import type { Topology } from '../../shared/contract/topology.ts';
import type { Clock } from '../../shared/core/clock.ts';
import { Unavailable } from '../../shared/core/errors.ts';

const TRY_AGAIN_MS = 1;

/** A broker whose calls are repeated until their outcome is known, as the engine does: what is published may be there twice. */
export class PersistentBroker implements Broker {
  private readonly inner: Broker;
  private readonly clock: Clock;

  constructor(inner: Broker, clock: Clock) {
    this.inner = inner;
    this.clock = clock;
  }

  async publish(message: OutgoingMessage): Promise<void> {
    await this.persist(() => this.inner.publish(message));
  }

  async consume(queue: string, options: ConsumeOptions): Promise<Subscription> {
    return await this.persist(() => this.inner.consume(queue, options));
  }

  async listen(options: ListenOptions): Promise<Subscription> {
    return await this.persist(() => this.inner.listen(options));
  }

  async declare(topology: Topology): Promise<void> {
    await this.persist(() => this.inner.declare(topology));
  }

  async verify(topology: Topology): Promise<readonly string[]> {
    return await this.persist(() => this.inner.verify(topology));
  }

  async depth(queue: string): Promise<number | null> {
    return await this.persist(() => this.inner.depth(queue));
  }

  isReady(): boolean {
    return this.inner.isReady();
  }

  publishesSince(): number | undefined {
    return this.inner.publishesSince();
  }

  async close(): Promise<void> {
    await this.inner.close();
  }

  /** Without end: the test's own limit ends it. That there is no route is known. */
  private async persist<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof Unavailable) || error.code === 'publish-unroutable') throw error;
        await this.clock.sleep(TRY_AGAIN_MS);
      }
    }
  }
}

import type {
  Broker,
  ConsumeOptions,
  ListenOptions,
  OutgoingMessage,
  Subscription,
} from '../../shared/broker/broker.ts';
import type { Topology } from '../../shared/contract/topology.ts';
import type { Random } from '../../shared/core/clock.ts';
import { Unavailable } from '../../shared/core/errors.ts';

/** How likely each fault is, at every call. They may be changed while it runs: all 0 = healed. */
export interface BrokerFaults {
  /** Nothing is done, and the caller is told so: `broker-unavailable`. */
  overload: number;
  /** A publish is lost, and its outcome unknown: `publish-unknown`. Other calls: `broker-unavailable`. */
  timeout: number;
  /** The call is done, but the caller does not learn it: as with `timeout`. */
  executedThenTimeout: number;
}

type Fault = keyof BrokerFaults | 'none';

/** A broker whose calls fail by chance, in every way that the port allows. Deliveries are left alone. */
export class FaultyBroker implements Broker {
  readonly faults: BrokerFaults;
  private readonly inner: Broker;
  private readonly random: Random;

  constructor(inner: Broker, faults: BrokerFaults, random: Random) {
    this.inner = inner;
    this.faults = faults;
    this.random = random;
  }

  async publish(message: OutgoingMessage): Promise<void> {
    const lost = (problem: string): Unavailable =>
      new Unavailable('publish-unknown', { exchange: message.exchange, problem });
    const fault = this.pick();
    if (fault === 'overload') throw overloaded();
    if (fault === 'timeout') throw lost('injected: not done');
    await this.inner.publish(message);
    if (fault === 'executedThenTimeout') throw lost('injected: done');
  }

  async consume(queue: string, options: ConsumeOptions): Promise<Subscription> {
    // A consumption that was begun cannot be lost by its caller: it lasts as long as the connection.
    if (this.pick() !== 'none') throw overloaded();
    return await this.inner.consume(queue, options);
  }

  async listen(options: ListenOptions): Promise<Subscription> {
    // As with `consume`.
    if (this.pick() !== 'none') throw overloaded();
    return await this.inner.listen(options);
  }

  async declare(topology: Topology): Promise<void> {
    await this.answer(() => this.inner.declare(topology));
  }

  async verify(topology: Topology): Promise<readonly string[]> {
    return await this.answer(() => this.inner.verify(topology));
  }

  async depth(queue: string): Promise<number | null> {
    return await this.answer(() => this.inner.depth(queue));
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

  private async answer<T>(call: () => Promise<T>): Promise<T> {
    const fault = this.pick();
    if (fault === 'overload' || fault === 'timeout') throw overloaded();
    const value = await call();
    if (fault === 'executedThenTimeout') throw overloaded();
    return value;
  }

  private pick(): Fault {
    let chance = this.random.next();
    for (const fault of ['overload', 'timeout', 'executedThenTimeout'] as const) {
      chance -= this.faults[fault];
      if (chance < 0) return fault;
    }
    return 'none';
  }
}

const overloaded = (): Unavailable => new Unavailable('broker-unavailable', { problem: 'injected' });

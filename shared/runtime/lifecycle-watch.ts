import type { Broker, Delivery, Subscription } from '../broker/broker.ts';
import { type LifecycleEvent, type LifecycleEventName, lifecycleEventSchema } from '../contract/lifecycle-event.ts';
import { exchangeName, NEVER_GIVEN_UP } from '../contract/topology.ts';
import type { Log } from './log.ts';
import { BaseService } from './service.ts';

const PREFETCH = 200;

export interface LifecycleWatchOptions {
  readonly broker: Broker;
  readonly namespace: string;
  /** Of the queue, after the namespace. It is durable: what is announced while nobody watches is told later. */
  readonly queue: string;
  /** Which events; each comes at least once, in order per workflow. */
  readonly events: readonly LifecycleEventName[];
  readonly log: Log;
  /** Must not throw. */
  onEvent(name: LifecycleEventName, event: LifecycleEvent): void;
}

/** Tells what becomes of workflows by listening to `conveyor.events`, as any program may. */
export class LifecycleWatch extends BaseService {
  readonly #options: LifecycleWatchOptions;
  #subscription: Subscription | undefined;

  constructor(options: LifecycleWatchOptions) {
    super();
    this.#options = options;
  }

  protected override async onStart(): Promise<void> {
    const { broker, namespace, events } = this.#options;
    const queue = `${namespace}.${this.#options.queue}`;
    await broker.declare({
      exchanges: [],
      queues: [{ name: queue, deliveryLimit: NEVER_GIVEN_UP }],
      bindings: events.map((name) => ({
        from: exchangeName.events(namespace),
        to: { queue },
        pattern: `*.${name}`,
      })),
    });
    this.#subscription = await broker.consume(queue, {
      prefetch: PREFETCH,
      onDelivery: (delivery) => this.#take(delivery),
    });
  }

  protected override async onStop(): Promise<void> {
    await this.#subscription?.cancel();
  }

  #take(delivery: Delivery): void {
    const event = decode(delivery.body);
    if (event) this.#options.onEvent(nameOf(event), event);
    else this.#options.log.warn({ routingKey: delivery.routingKey }, 'not a lifecycle event; passed over');
    delivery.ack();
  }
}

/** Undefined for what some other program has published. */
function decode(body: Buffer): LifecycleEvent | undefined {
  try {
    return lifecycleEventSchema.safeParse(JSON.parse(body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

const nameOf = ({ type }: LifecycleEvent): LifecycleEventName =>
  // The schema allows `conveyor.workflow.` and one of the names.
  type.slice('conveyor.workflow.'.length) as LifecycleEventName;

/**
 * The exchanges, queues and bindings of a line, as data: the adapters create them, the documents describe them, tests
 * read them. Everything is durable; every queue is a quorum queue; every name carries the namespace.
 */
export interface Exchange {
  readonly name: string;
  readonly type: 'topic';
  /** Where a message goes that no binding matches. */
  readonly alternateExchange?: string;
}

export interface Queue {
  readonly name: string;
  /** Messages rest this long, then are dead-lettered. */
  readonly messageTtlMs?: number;
  /** Where dead letters go, with their routing key. Always at-least-once, hence `overflow: reject-publish`. */
  readonly deadLetterExchange?: string;
  /** Deliveries until the broker itself gives a message up: to the dead letter exchange, or, without one, to nothing. */
  readonly deliveryLimit?: number;
}

export interface Binding {
  readonly from: string;
  readonly to: { readonly queue: string } | { readonly exchange: string };
  readonly pattern: string;
}

export interface Topology {
  readonly exchanges: readonly Exchange[];
  readonly queues: readonly Queue[];
  readonly bindings: readonly Binding[];
}

/** The names of a line, by namespace. */
export const exchangeName = {
  start: (namespace: string) => `${namespace}.start`,
  notify: (namespace: string) => `${namespace}.notify`,
  cancel: (namespace: string) => `${namespace}.cancel`,
  work: (namespace: string) => `${namespace}.work`,
  events: (namespace: string) => `${namespace}.events`,
  dead: (namespace: string) => `${namespace}.dead`,
  returned: (namespace: string) => `${namespace}.returned`,
  /** The delay ladder hands over here what has rested long enough. */
  deliver: (namespace: string) => `${namespace}.deliver`,
} as const;

export const queueName = {
  intake: (namespace: string) => `${namespace}.intake`,
  work: (namespace: string, action: string) => `${namespace}.work.${action}`,
  /** Tickets of the action's waits: its polls run from here, beside the station's own work. */
  wait: (namespace: string, action: string) => `${namespace}.wait.${action}`,
  steward: (namespace: string) => `${namespace}.steward`,
  dead: (namespace: string) => `${namespace}.dead`,
  returned: (namespace: string) => `${namespace}.returned`,
} as const;

/**
 * Far above what the journal's own count of losses lets happen: the broker counts a crashing consumer's whole prefetch, the
 * innocent with the guilty, so its limit is only the last net.
 */
export const DELIVERY_LIMIT = 1_000;

/**
 * Of a queue behind which there is no other. From RabbitMQ 4.0 on one that says nothing has a limit of 20, and what exceeds it is
 * dropped: a message that people looked at so often, or that twenty stewards died over. So it is the largest number that every
 * version takes; below 4.0 "unlimited" cannot be said.
 */
export const NEVER_GIVEN_UP = 2 ** 31 - 1;

/** The topology of a line but for its stations: what every line has. */
export function lineTopology(namespace: string, ladder: Topology): Topology {
  const exchange = (name: string): Exchange => ({ name, type: 'topic' });
  return {
    exchanges: [
      exchange(exchangeName.start(namespace)),
      exchange(exchangeName.notify(namespace)),
      exchange(exchangeName.cancel(namespace)),
      exchange(exchangeName.work(namespace)),
      exchange(exchangeName.events(namespace)),
      exchange(exchangeName.dead(namespace)),
      exchange(exchangeName.returned(namespace)),
      ...ladder.exchanges,
    ],
    queues: [
      takenQueue(namespace, queueName.intake(namespace)),
      takenQueue(namespace, queueName.steward(namespace)),
      { name: queueName.dead(namespace), deliveryLimit: NEVER_GIVEN_UP },
      { name: queueName.returned(namespace), deliveryLimit: NEVER_GIVEN_UP },
      ...ladder.queues,
    ],
    bindings: [
      { from: exchangeName.start(namespace), to: { queue: queueName.intake(namespace) }, pattern: '#' },
      { from: exchangeName.notify(namespace), to: { queue: queueName.steward(namespace) }, pattern: '#' },
      { from: exchangeName.cancel(namespace), to: { queue: queueName.steward(namespace) }, pattern: '#' },
      { from: exchangeName.dead(namespace), to: { queue: queueName.dead(namespace) }, pattern: '#' },
      { from: exchangeName.returned(namespace), to: { queue: queueName.returned(namespace) }, pattern: '#' },
      {
        from: exchangeName.deliver(namespace),
        to: { queue: queueName.intake(namespace) },
        pattern: `#.${INTAKE_ADDRESS}`,
      },
      {
        from: exchangeName.deliver(namespace),
        to: { queue: queueName.steward(namespace) },
        pattern: `#.${STEWARD_ADDRESS}`,
      },
      ...ladder.bindings,
    ],
  };
}

/** What one station adds: its queues for work and for waits. Tickets of waits come by the delay ladder alone. */
export function stationTopology(namespace: string, action: string): Topology {
  const work = queueName.work(namespace, action);
  const wait = queueName.wait(namespace, action);
  const deliver = exchangeName.deliver(namespace);
  return {
    exchanges: [],
    queues: [takenQueue(namespace, work), takenQueue(namespace, wait)],
    bindings: [
      { from: exchangeName.work(namespace), to: { queue: work }, pattern: `*.${action}` },
      { from: deliver, to: { queue: work }, pattern: `#.${stationAddress(action)}` },
      { from: deliver, to: { queue: wait }, pattern: `#.${waitAddress(action)}` },
    ],
  };
}

/** A queue whose consumers acknowledge by hand: what the broker gives up on comes to the steward. */
const takenQueue = (namespace: string, name: string): Queue => ({
  name,
  deadLetterExchange: exchangeName.returned(namespace),
  deliveryLimit: DELIVERY_LIMIT,
});

/** How the delay ladder addresses a station. No dots: it is one word of a routing key. */
export const stationAddress = (action: string): string => `work:${action}`;
/** How the delay ladder addresses a station's waits. */
export const waitAddress = (action: string): string => `wait:${action}`;
/** How the delay ladder addresses the intake. */
export const INTAKE_ADDRESS = 'intake';
/** How the delay ladder addresses the steward. */
export const STEWARD_ADDRESS = 'steward';

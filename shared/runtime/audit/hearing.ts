import type { Broker } from '../../broker/broker.ts';
import { exchangeName } from '../../contract/topology.ts';
import type { Clock } from '../../core/clock.ts';
import { Unavailable } from '../../core/errors.ts';
import { HeardEvents } from './heard-events.ts';

/** The clocks of the hosts may differ by so much: what happened as near to the begin may have been announced before it. */
const CLOCK_TOLERANCE_MS = 1_000;

/** For so long it goes on listening: whoever died between a fact and its event is followed by then, by the next who has the message. */
const FOLLOW_THROUGH_MS = 10_000;

/** How often it is looked whether the connection is up. */
const LOOK_EVERY_MS = 100;

export interface HearingOptions {
  readonly broker: Pick<Broker, 'listen' | 'isReady'>;
  readonly clock: Clock;
  readonly namespace: string;
}

/**
 * Listens to a line, takes part in nothing, and keeps what it hears. What happens during the work must be announced until ten seconds
 * after it.
 * @throws Unavailable `events-missed` when the connection was not up all the while; and what the work throws
 */
export async function hearDuring(options: HearingOptions, work: () => Promise<unknown>): Promise<HeardEvents> {
  const { broker, clock, namespace } = options;
  const heard = new HeardEvents(namespace);
  const subscription = await broker.listen({
    exchange: exchangeName.events(namespace),
    pattern: '#',
    onDelivery: (delivery) => heard.take(delivery),
  });
  try {
    const from = clock.now() + CLOCK_TOLERANCE_MS;
    // So that all of the work counts, also by a clock that is behind.
    await whileUp(options, clock.sleep(2 * CLOCK_TOLERANCE_MS));
    await whileUp(options, work());
    const until = clock.now();
    await whileUp(options, clock.sleep(FOLLOW_THROUGH_MS));
    heard.close({ from, until });
    return heard;
  } finally {
    await subscription.cancel();
  }
}

/** Nothing is kept for who is away, so a connection that was lost has missed something. */
async function whileUp({ broker, clock }: HearingOptions, work: Promise<unknown>): Promise<void> {
  const isOver = new AbortController();
  const over = work.finally(() => isOver.abort());
  const watched = (async () => {
    while (!isOver.signal.aborted) {
      if (!broker.isReady()) throw new Unavailable('events-missed');
      await clock.sleep(LOOK_EVERY_MS);
    }
  })();
  await Promise.all([over, watched]);
}

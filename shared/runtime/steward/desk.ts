import type { Delivery } from '../../broker/broker.ts';

/** Where the steward deals with one kind of event that comes from outside. */
export interface StewardDesk<Event> {
  /**
   * Resolves when everything that follows from the event is durable: then its message is acknowledged. Whatever it cannot decide yet it
   * sends to the ladder itself (`sender.toStewardLater`) and resolves, too. May be called concurrently, at any number of stewards
   * at once, and again for what was taken before.
   * @throws SetAside: the message goes to `conveyor.dead`, whole; anything else: it comes back by the ladder
   */
  take(event: Event, delivery: Delivery): Promise<void>;
}

/** Where the steward judges what the broker itself has given up. */
export interface ReturnsDesk {
  /** As `StewardDesk.take`, of a message that may be of any kind. */
  take(delivery: Delivery): Promise<void>;
}

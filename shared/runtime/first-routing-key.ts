import type { Delivery } from '../broker/broker.ts';

/** The routing key with which a message first came: the ladder's key replaces it. */
export const ROUTING_KEY_HEADER = 'conveyor-routing-key';

/**
 * The routing key with which a message first came: the delay ladder replaces it, and ends it with the address. Of a message that did
 * not come by the ladder the header counts for nothing, since the broker's permissions go by the routing key.
 */
export function firstRoutingKey({ headers, routingKey }: Delivery, address: string): string {
  const first = headers[ROUTING_KEY_HEADER];
  return routingKey.endsWith(`.${address}`) && typeof first === 'string' ? first : routingKey;
}

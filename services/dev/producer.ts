import { CloudEvent, HTTP } from 'cloudevents';
import type { OutgoingMessage, Publisher } from '../../shared/broker/broker.ts';
import { workflowIdOf } from '../../shared/contract/start-event.ts';
import { exchangeName } from '../../shared/contract/topology.ts';
import type { Clock, Random } from '../../shared/core/clock.ts';
import { rightUntil, untilKnown } from '../../shared/runtime/right-to-act.ts';
import type { Order } from '../orders/order.ts';
import { generateOrders } from '../orders/order-generator.ts';
import type { OrdersToPlace } from './dev-line.ts';

const SOURCE = '/shop/checkout';
export const WORKFLOW = 'order-payment';

/** Start events on their way at once. More would only rest in the client's memory. */
const LANES = 200;

/** The workflow that an order starts: known beforehand, as it is made of the event's source and id. */
export const workflowIdOfOrder = (orderId: string): string => workflowIdOf(SOURCE, orderId);

export interface Checkout {
  readonly publisher: Publisher;
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The shop's checkout, as any other program would start workflows: it knows the exchange `conveyor.start` and CloudEvents, and
 * nothing of the line. What the broker does not confirm is published again; the same order twice starts one workflow.
 * @param signal ends it early
 */
export async function placeOrders(checkout: Checkout, wanted: OrdersToPlace, signal: AbortSignal): Promise<void> {
  const { publisher, namespace, clock, random } = checkout;
  const right = rightUntil(clock, random, signal);
  // The lanes take from one generator; when one of them fails, its loop closes the generator, and the others end.
  const orders = generateOrders(wanted.seed, wanted.count);
  const lane = async (): Promise<void> => {
    for (const order of orders) {
      if (signal.aborted) return;
      const message = startEvent(namespace, order);
      await untilKnown(() => publisher.publish(message), right);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

function startEvent(namespace: string, order: Order): OutgoingMessage {
  const { orderId } = order;
  const event = new CloudEvent({ type: 'conveyor.start', source: SOURCE, id: orderId, subject: orderId, data: order });
  const { headers, body } = HTTP.structured(event);
  return {
    exchange: exchangeName.start(namespace),
    routingKey: WORKFLOW,
    body: Buffer.from(String(body)),
    contentType: String(headers['content-type']),
    messageId: orderId,
    mandatory: true,
  };
}

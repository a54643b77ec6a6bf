import type { Broker, Delivery } from '../broker/broker.ts';
import { queueName } from '../contract/topology.ts';

const PREFETCH = 100;

/** A message that could not be processed. */
export interface SetAsideMessage {
  readonly messageId: string;
  /** Of the catalogue, e.g. `event-invalid`. */
  readonly code: string;
  /** For people; names the field. */
  readonly reason: string;
  /** The queue that it was taken from, e.g. `intake` or `work.ship`. */
  readonly queue: string;
}

/** What has come to `conveyor.dead`. */
export class SetAsides {
  readonly messages: SetAsideMessage[] = [];

  /** Takes what comes from now on. */
  async watch(broker: Broker, namespace: string): Promise<void> {
    await broker.consume(queueName.dead(namespace), {
      prefetch: PREFETCH,
      onDelivery: (delivery) => {
        this.messages.push(described(delivery, namespace));
        delivery.ack();
      },
    });
  }

  /** @param messageId of a start event: the id of the workflow that it starts */
  of(messageId: string): SetAsideMessage | undefined {
    return this.messages.find((message) => message.messageId === messageId);
  }
}

function described({ messageId = '', headers }: Delivery, namespace: string): SetAsideMessage {
  const text = (header: string): string => {
    const value = headers[header];
    return typeof value === 'string' ? value : '';
  };
  return {
    messageId,
    code: text('conveyor-code'),
    reason: text('conveyor-reason'),
    queue: text('conveyor-queue').slice(namespace.length + 1),
  };
}

import type { OutgoingMessage } from '../broker.ts';

/** A message as it lies in one queue; a message that is routed to two queues is two of these. */
export interface StoredMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly contentType: string;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** When the queue's time to live ends for it, monotonic milliseconds; Infinity without one. */
  readonly expiresAt: number;
  /** How often it came back undone: given back, or with a connection that broke. */
  returns: number;
}

/** Why a queue gives a message up. */
export type DeathReason = 'expired' | 'delivery_limit';

interface Death {
  readonly count: number;
  readonly reason: DeathReason;
  readonly queue: string;
  readonly exchange: string;
  readonly 'routing-keys': readonly string[];
}

const NO_HEADERS: Readonly<Record<string, unknown>> = Object.freeze({});

export const storedMessage = (message: OutgoingMessage, expiresAt: number): StoredMessage => ({
  exchange: message.exchange,
  routingKey: message.routingKey,
  body: message.body,
  contentType: message.contentType,
  messageId: message.messageId,
  headers: message.headers ?? NO_HEADERS,
  expiresAt,
  returns: 0,
});

/** The headers that tell a dead letter's history, as RabbitMQ writes them: the latest death first, one entry per queue and reason. */
export function deathHeaders(message: StoredMessage, queue: string, reason: DeathReason): Record<string, unknown> {
  const earlier = message.headers['x-death'];
  // Only this function writes the header, except for a client that copies it by hand, whose entries are kept as they are.
  const deaths: readonly Death[] = Array.isArray(earlier) ? (earlier as Death[]) : [];
  const isSame = (death: Death): boolean => death.queue === queue && death.reason === reason;
  const death: Death = {
    count: (deaths.find(isSame)?.count ?? 0) + 1,
    reason,
    queue,
    exchange: message.exchange,
    'routing-keys': [message.routingKey],
  };
  return {
    'x-first-death-exchange': message.exchange,
    'x-first-death-queue': queue,
    'x-first-death-reason': reason,
    ...message.headers,
    'x-death': [death, ...deaths.filter((other) => !isSame(other))],
  };
}

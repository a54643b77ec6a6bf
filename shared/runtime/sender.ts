import type { Delivery, OutgoingMessage } from '../broker/broker.ts';
import { delayRoute } from '../contract/delay-ladder.ts';
import { ENVELOPE_CONTENT_TYPE, type Envelope, encodeEnvelope, envelopeId } from '../contract/envelope.ts';
import { type Announcement, lifecycleMessage } from '../contract/lifecycle-event.ts';
import { encodeProbe, type Probe, probeId } from '../contract/probe.ts';
import { type Ticket, ticketMessage } from '../contract/ticket.ts';
import { exchangeName, INTAKE_ADDRESS, STEWARD_ADDRESS, stationAddress } from '../contract/topology.ts';
import type { SetAside } from '../core/errors.ts';
import { jsonBytes } from '../core/json.ts';
import { cutText, LIMITS } from '../core/limits.ts';
import { CappedLog } from './capped-log.ts';
import { firstRoutingKey, ROUTING_KEY_HEADER } from './first-routing-key.ts';
import type { Line } from './line.ts';
import { type RightToAct, untilKnown } from './right-to-act.ts';

/**
 * How often a message has come back by the ladder, as it came; it sets the next delay. The holder of its attempt lives, or a request for
 * cancellation is open; the engine failed over it; or it is a request that the steward cannot answer yet.
 */
export const RETURNS_HEADER = 'conveyor-returns';
/** On a ticket that has found the next one to count, but not to be out, and has come back to look again. */
export const LOOKED_HEADER = 'conveyor-looked';
/** How often the broker gave a message up, and the steward sent it back. */
export const RETURNED_HEADER = 'conveyor-returned';
/** How long a start event has waited for its definition, milliseconds. */
export const WAITED_HEADER = 'conveyor-waited-ms';

/** Stands where the workflow's name stands in the routing key of an envelope. */
const PROBE_WORD = 'probe';

/** AMQP writes the length of a property in one byte. */
const SHORT_TEXT_BYTES = 255;

/**
 * Everything that a process publishes. Each method resolves when the broker has confirmed, publishing again until it has: a copy
 * too many is harmless, a copy too few is a lost workflow.
 */
export class Sender {
  readonly #line: Line;
  readonly #right: RightToAct;
  readonly #poison: CappedLog;

  constructor(line: Line, right: RightToAct) {
    this.#line = line;
    this.#poison = new CappedLog(line.log);
    this.#right = right;
  }

  /** To the action's station, now. @throws Unavailable `publish-unroutable` when there is no such station */
  handOn(envelope: Envelope): Promise<void> {
    const { namespace } = this.#line;
    return this.#publish({
      exchange: exchangeName.work(namespace),
      routingKey: `${envelope.workflow}.${envelope.action}`,
      ...this.#asMessage(envelope, 0),
    });
  }

  /** To the action's station, by the delay ladder. */
  handOnLater(envelope: Envelope, delayMs: number, returns = 0): Promise<void> {
    const { namespace, ladder } = this.#line;
    return this.#publish({
      ...delayRoute(namespace, delayMs, stationAddress(envelope.action), ladder),
      ...this.#asMessage(envelope, delayMs),
      headers: { [RETURNS_HEADER]: returns },
    });
  }

  /** A wait's ticket to its station's wait queue, by the delay ladder. */
  sendTicket(wait: Omit<Ticket, 'specversion'>, delayMs: number): Promise<void> {
    const { namespace, ladder } = this.#line;
    return this.#publish(ticketMessage(namespace, wait, delayMs, ladder));
  }

  /** What came to one of a station's queues, there again as it came, by the delay ladder. @param address that of the queue */
  toStationLater(delivery: Delivery, address: string, delayMs: number, returns: number): Promise<void> {
    const { namespace, ladder } = this.#line;
    return this.#publish({
      ...delayRoute(namespace, delayMs, address, ladder),
      ...copyOf(delivery),
      headers: { [RETURNS_HEADER]: returns },
    });
  }

  /** A ticket that looks again whether the next one is out. Whatever it came back for before, it says no more than that it has looked. */
  toLookAgain(delivery: Delivery, address: string, delayMs: number): Promise<void> {
    const { namespace, ladder } = this.#line;
    return this.#publish({
      ...delayRoute(namespace, delayMs, address, ladder),
      ...copyOf(delivery),
      headers: { [LOOKED_HEADER]: 1 },
    });
  }

  /** Through a station's work queue, like what it asks about. @throws Unavailable `publish-unroutable` when there is no such queue */
  probe(probe: Probe): Promise<void> {
    return this.#publish({
      exchange: exchangeName.work(this.#line.namespace),
      routingKey: `${PROBE_WORD}.${probe.action}`,
      body: encodeProbe(probe),
      contentType: ENVELOPE_CONTENT_TYPE,
      messageId: probeId(probe),
      mandatory: true,
    });
  }

  announce(announcement: Announcement): Promise<void> {
    const { namespace, clock } = this.#line;
    return this.#publish(lifecycleMessage(namespace, exchangeName.events(namespace), announcement, clock.now()));
  }

  /** A start event, back to the intake by the delay ladder: its definition may still come, or the engine failed over it. */
  toIntakeLater(delivery: Delivery, routingKey: string, delayMs: number, waitedMs: number): Promise<void> {
    const { namespace, ladder } = this.#line;
    return this.#publish({
      ...delayRoute(namespace, delayMs, INTAKE_ADDRESS, ladder),
      ...copyOf(delivery),
      headers: { [ROUTING_KEY_HEADER]: routingKey, [WAITED_HEADER]: waitedMs },
    });
  }

  /** What came to the steward, to a steward again as it came, by the delay ladder. */
  toStewardLater(delivery: Delivery, delayMs: number, returns: number): Promise<void> {
    const { namespace, ladder } = this.#line;
    const routingKey = firstRoutingKey(delivery, STEWARD_ADDRESS);
    return this.#publish({
      ...delayRoute(namespace, delayMs, STEWARD_ADDRESS, ladder),
      ...copyOf(delivery),
      headers: { [ROUTING_KEY_HEADER]: routingKey, [RETURNS_HEADER]: returns },
    });
  }

  /** What the broker gave up, to where it was, by the delay ladder. @param times how often that was done */
  returnLater(delivery: Delivery, address: string, delayMs: number, times: number): Promise<void> {
    const { namespace, ladder } = this.#line;
    return this.#publish({
      ...delayRoute(namespace, delayMs, address, ladder),
      ...copyOf(delivery),
      headers: { [ROUTING_KEY_HEADER]: firstRoutingKey(delivery, address), [RETURNED_HEADER]: times },
    });
  }

  /** What cannot be processed goes to `conveyor.dead`, whole, with the reason in headers. */
  async setAside(delivery: Delivery, error: SetAside): Promise<void> {
    this.#line.metrics.dead(error.code);
    // Not the reason: it may quote the message, and stands in the header beside it.
    const { messageId = '', queue, redelivered } = delivery;
    this.#poison.warn(
      `${queue} ${messageId}`,
      { code: error.code, queue, messageId, redelivered },
      'message set aside',
    );
    await this.#publish({
      exchange: exchangeName.dead(this.#line.namespace),
      routingKey: error.code,
      ...copyOf(delivery),
      headers: {
        'conveyor-code': error.code,
        'conveyor-reason': cutText(error.message),
        'conveyor-queue': delivery.queue,
        'conveyor-exchange': delivery.exchange,
        [ROUTING_KEY_HEADER]: cutText(delivery.routingKey),
      },
    });
  }

  #publish(message: OutgoingMessage): Promise<void> {
    return untilKnown(() => this.#line.broker.publish(message), this.#right);
  }

  /** Large data, and data that would rest on the ladder for long, is left to be read from the journal on arrival. */
  #asMessage(envelope: Envelope, delayMs: number) {
    const stamped = { ...envelope, sentAt: this.#line.clock.now() };
    const whole = delayMs > LIMITS.inlineDelayMs ? undefined : encodeEnvelope(stamped);
    // Written once where it can be: the data is never longer than the body that it is in.
    const fits = whole !== undefined && (whole.length <= LIMITS.inlineDataBytes || isInline(envelope));
    return {
      body: fits ? whole : encodeEnvelope({ ...stamped, data: undefined }),
      contentType: ENVELOPE_CONTENT_TYPE,
      messageId: envelopeId(envelope),
      mandatory: true,
    };
  }
}

const isInline = ({ data }: Envelope): boolean => data !== undefined && jsonBytes(data) <= LIMITS.inlineDataBytes;

/** As it came: what has no content type gets none, since a start event without one is accepted when it comes back. */
const copyOf = (delivery: Delivery) => ({
  body: delivery.body,
  contentType: shortText(delivery.contentType),
  messageId: shortText(delivery.messageId),
  mandatory: true,
});

/** What the protocol has room for. Decoding what was no UTF-8 makes it up to three times as long as it came. */
function shortText(text = ''): string {
  return Buffer.byteLength(text) <= SHORT_TEXT_BYTES ? text : text.slice(0, SHORT_TEXT_BYTES / 3);
}

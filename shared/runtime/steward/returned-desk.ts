import type { Delivery } from '../../broker/broker.ts';
import { addressOnLadder } from '../../contract/delay-ladder.ts';
import { decodeStationMessage, type Envelope } from '../../contract/envelope.ts';
import {
  DELIVERY_LIMIT,
  INTAKE_ADDRESS,
  queueName,
  STEWARD_ADDRESS,
  stationAddress,
  waitAddress,
} from '../../contract/topology.ts';
import { describeError, SetAside } from '../../core/errors.ts';
import type { Park } from '../../core/transition.ts';
import type { Attempt } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { countIn } from '../count-header.ts';
import { followPark, parkUnperformed } from '../parking.ts';
import { pauseAt } from '../pause-points.ts';
import { untilKnown } from '../right-to-act.ts';
import { RETURNED_HEADER } from '../sender.ts';
import { readStep, tally } from '../step-view.ts';
import type { ReturnsDesk } from './desk.ts';

/** How often a message is sent back without evidence against it: each time it killed its takers `DELIVERY_LIMIT` times, or found no queue. */
const MOST_RETURNS = 3;

const RETURN_MS = 1_000;
/** While the holder of its attempt lives. */
const HELD_MS = 30_000;

/**
 * Judges what the broker gave up.
 *
 * - After its delivery limit: that counts a crashing consumer's whole prefetch, so a message that comes here need not be the one that did it.
 *   Only what the journal has against it is held against it.
 * - Because what the delay ladder delivers found no queue. Before 4.3 RabbitMQ knows its bindings again in no order after a start, and
 *   begins to deliver before it knows all of them; so most of these find their queue a second later.
 */
export class ReturnedDesk implements ReturnsDesk {
  readonly #acting: Acting;
  readonly #livenessTimeoutMs: number;

  /** @param livenessTimeoutMs LIVENESS_TIMEOUT of the workers, milliseconds */
  constructor(acting: Acting, livenessTimeoutMs: number) {
    this.#acting = acting;
    this.#livenessTimeoutMs = livenessTimeoutMs;
  }

  /** @throws SetAside what cannot be read, and what was sent back too often and is of no workflow's step */
  async take(delivery: Delivery): Promise<void> {
    const { namespace } = this.#acting.line;
    const queue = queueOf(delivery);
    if (queue === undefined) {
      const address = addressOnLadder(delivery.routingKey);
      return address === undefined ? this.#judgeMessage(delivery) : this.#deliverAgain(delivery, address);
    }
    const waits = queueName.wait(namespace, '');
    if (queue === queueName.intake(namespace)) return this.#sendBack(delivery, INTAKE_ADDRESS);
    if (queue === queueName.steward(namespace)) return this.#sendBack(delivery, STEWARD_ADDRESS);
    if (queue.startsWith(waits)) return this.#sendBack(delivery, waitAddress(queue.slice(waits.length)));
    await this.#judgeMessage(delivery);
  }

  async #judgeMessage(delivery: Delivery): Promise<void> {
    const message = decodeStationMessage(delivery.body);
    if (message.kind === 'probe') return; // the steward sends another one
    await this.#judge(delivery, message);
  }

  async #judge(delivery: Delivery, envelope: Envelope): Promise<void> {
    const address = stationAddress(envelope.action);
    const view = await readStep(this.#acting, envelope);
    const last = view.attempts.at(-1);
    // It stands for nothing new: its station knows what to do with it.
    if (view.snapshot || last?.fate === 'parked') return this.#sendBack(delivery, address);
    const { losses } = tally(view, Number.POSITIVE_INFINITY);
    if (last && last.fate === undefined) return this.#judgeHeld(delivery, envelope, last);
    const times = timesReturned(delivery);
    if (losses === 0 && times < MOST_RETURNS) return this.#sendBack(delivery, address);
    await parkUnperformed(this.#acting, { ...envelope, attempt: (last?.attempt ?? 0) + 1 }, parkFor(envelope, times));
  }

  /** The evidence: whoever had the attempt died with it. */
  async #judgeHeld(delivery: Delivery, envelope: Envelope, last: Attempt): Promise<void> {
    const { line, right, sender } = this.#acting;
    const address = stationAddress(envelope.action);
    const holder = await untilKnown(() => line.journal.judgeHolder(last.worker, this.#livenessTimeoutMs), right);
    const times = timesReturned(delivery);
    if (holder.kind === 'alive') return sender.returnLater(delivery, address, HELD_MS, times);
    const park = parkFor(envelope, times);
    const { code, reason } = park;
    const at = new Date(line.clock.now());
    const settlement = { fate: 'parked', code, reason, at } as const;
    const stands = await untilKnown(() => line.journal.settleAttempt(last._id, settlement), right);
    if (stands !== 'parked') return sender.returnLater(delivery, address, RETURN_MS, times);
    line.metrics.parked(envelope.action, code);
    const parked = { ...envelope, attempt: last.attempt };
    await pauseAt(this.#acting, 'parking-recorded', parked);
    await followPark(this.#acting, parked, park, at);
  }

  async #deliverAgain(delivery: Delivery, address: string): Promise<void> {
    const times = timesReturned(delivery);
    if (times >= MOST_RETURNS) throw new SetAside('destination-missing', { address, times: times + 1 });
    // 1 s, 4 s, 16 s: after a broker lost everything, a station's queue is there again when one of its workers is.
    await this.#acting.sender.returnLater(delivery, address, RETURN_MS * 4 ** times, times + 1);
  }

  async #sendBack(delivery: Delivery, address: string): Promise<void> {
    const times = timesReturned(delivery);
    if (times >= MOST_RETURNS) throw new SetAside('message-given-up', details(times));
    await this.#acting.sender.returnLater(delivery, address, RETURN_MS, times + 1);
  }
}

const details = (times: number) => ({ times: times + 1, limit: DELIVERY_LIMIT });

const parkFor = ({ action }: Envelope, times: number): Park => ({
  kind: 'park',
  code: 'delivery-limit',
  reason: describeError('delivery-limit', { action, ...details(times) }),
});

/** Where its delivery limit was reached: of its deaths, which the broker lists, the latest one of that kind. */
function queueOf({ headers }: Delivery): string | undefined {
  const deaths: unknown = headers['x-death'];
  const entries: readonly unknown[] = Array.isArray(deaths) ? deaths : [];
  for (const death of entries) {
    if (typeof death !== 'object' || death === null || !('queue' in death) || !('reason' in death)) continue;
    if (death.reason === 'delivery_limit' && typeof death.queue === 'string') return death.queue;
  }
  return undefined;
}

const timesReturned = (delivery: Delivery): number => countIn(delivery, RETURNED_HEADER);

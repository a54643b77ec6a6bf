import { setTimeout as sleep } from 'node:timers/promises';
import { chance } from '../../../services/orders/chance.ts';
import type { OutgoingMessage, Publisher } from '../../../shared/broker/broker.ts';
import { eventKeyOf } from '../../../shared/contract/cloud-event.ts';
import { workflowIdOf } from '../../../shared/contract/start-event.ts';
import { startMessage } from '../../../shared/contract/start-message.ts';
import { cancellationMessage, notificationMessage } from '../../../shared/contract/steward-event.ts';

const SOURCE = '/chaos';
const WORKFLOW = 'parcel';

/** Of all parcels. */
const SHARES = { cancelled: 0.1, told: 0.1, asking: 0.03, startedTwice: 0.05 };
/** Of those that are cancelled or told. */
const SAID_TWICE = 0.25;
/** Whoever has something to say of a parcel says it within this time of its start, milliseconds; so some of it comes early. */
const SAID_WITHIN_MS = 2_000;
const AGAIN_MS = 200;

/** How parcels are started. */
export interface Parcels {
  /** Nobody waits, cancels or repeats anything. */
  readonly plain?: boolean;
  readonly poison?: boolean;
  /** How long each action works, milliseconds. */
  readonly workMs?: number;
}

/**
 * The load of the fault tests, as the programs outside make it: they start parcels, cancel a tenth of them, tell of another tenth what it
 * waits for, and publish some of it twice. What the broker has not confirmed is published again, under the same id. The same seed says the
 * same of the same parcel.
 */
export class Load {
  readonly #publisher: Publisher;
  readonly #namespace: string;
  readonly #seed: string;
  readonly #said: OutgoingMessage[] = [];
  #next = 0;
  /** Workflows whose start is acknowledged. */
  readonly acknowledged: string[] = [];
  /** Requests for cancellation that are acknowledged, by the id of their intents. */
  readonly requests: string[] = [];

  constructor(publisher: Publisher, namespace: string, seed: string) {
    this.#publisher = publisher;
    this.#namespace = namespace;
    this.#seed = seed;
  }

  /** Starts parcels at a steady rate; resolves when everything is acknowledged, also what is said of them later. */
  async produce(count: number, perSecond: number, parcels: Parcels = {}): Promise<void> {
    const begunAt = performance.now();
    const under: Promise<void>[] = [];
    for (let sent = 0; sent < count; sent++) {
      const dueIn = (sent * 1_000) / perSecond - (performance.now() - begunAt);
      if (dueIn > 2) await sleep(dueIn);
      under.push(this.start(parcels));
    }
    await Promise.all(under);
  }

  /** One parcel, and all that is said of it. */
  async start({ plain = false, poison = false, workMs }: Parcels = {}): Promise<void> {
    const parcel = this.#next++;
    const id = `${this.#seed}-${parcel}${poison ? '-poison' : ''}`;
    const draw = chance(this.#seed, parcel);
    const happens = (share: number): boolean => draw() < share && !plain && !poison;
    const kind = draw();
    const waits = plain || poison || kind > SHARES.told + SHARES.asking ? 'no' : kind < SHARES.told ? 'told' : 'asks';
    const data = { parcel, poison, waits, ...(workMs === undefined ? {} : { workMs }) };
    const start = startMessage(this.#namespace, { source: SOURCE, id, workflow: WORKFLOW, businessKey: id, data });
    const isCancelled = happens(SHARES.cancelled);
    const isStartedTwice = happens(SHARES.startedTwice);
    const isSaidTwice = happens(SAID_TWICE);
    const later = () => Math.floor(draw() * SAID_WITHIN_MS);
    const [toldAt, cancelledAt] = [later(), later()];

    await this.#say(start);
    this.acknowledged.push(workflowIdOf(SOURCE, id));
    const times = isSaidTwice ? 2 : 1;
    await Promise.all([
      isStartedTwice ? this.#say(start) : undefined,
      waits === 'told' ? this.#tell(id, toldAt, times) : undefined,
      isCancelled ? this.#cancel(id, cancelledAt, times) : undefined,
    ]);
  }

  /** Everything that was ever said, once more under the same ids: what programs do that heard of a broker that lost its data. */
  async repeat(): Promise<void> {
    await Promise.all(this.#said.map((message) => this.#publish(message)));
  }

  async #tell(businessKey: string, afterMs: number, times: number): Promise<void> {
    await sleep(afterMs);
    const about = { name: 'paid', businessKey, workflow: WORKFLOW, data: { last: 'charge' } };
    for (let time = 1; time <= times; time++) {
      await this.#say(
        notificationMessage(this.#namespace, { ...about, source: SOURCE, id: `${businessKey}/paid/${time}` }),
      );
    }
  }

  async #cancel(businessKey: string, afterMs: number, times: number): Promise<void> {
    await sleep(afterMs);
    const about = { businessKey, workflow: WORKFLOW, reason: 'changed their mind' };
    const one = async (time: number): Promise<void> => {
      const request = { source: SOURCE, id: `${businessKey}/cancel/${time}` };
      await this.#say(cancellationMessage(this.#namespace, { ...request, ...about }));
      this.requests.push(eventKeyOf(request.source, request.id));
    };
    await Promise.all(Array.from({ length: times }, (_, index) => one(index + 1)));
  }

  async #say(message: OutgoingMessage): Promise<void> {
    this.#said.push(message);
    await this.#publish(message);
  }

  async #publish(message: OutgoingMessage): Promise<void> {
    for (;;) {
      try {
        await this.#publisher.publish(message);
        return;
      } catch {
        // Away, or the answer was lost.
        await sleep(AGAIN_MS);
      }
    }
  }
}

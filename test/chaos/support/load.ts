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
/** A request is carried out a second or two later: parcels that are cancelled take longer than that at each station. */
const SLOW_MS = 900;
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
  /** Of these, the ones whose start event was published twice, also because the broker had not answered. The first message of such a one may be, too: copies merge. */
  readonly startedTwice = new Set<string>();
  /** Of these, the ones that somebody wants cancelled. */
  readonly cancelled = new Set<string>();
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
    const under: Promise<string>[] = [];
    for (let sent = 0; sent < count; sent++) {
      const dueIn = (sent * 1_000) / perSecond - (performance.now() - begunAt);
      if (dueIn > 2) await sleep(dueIn);
      under.push(this.start(parcels));
    }
    await Promise.all(under);
  }

  /** One parcel, and all that is said of it. Resolves to the id of its workflow. */
  async start(parcels: Parcels = {}): Promise<string> {
    const parcel = this.#next++;
    const { poison = false } = parcels;
    const id = `${this.#seed}-${parcel}${poison ? '-poison' : ''}`;
    const { waits, toldAt, cancelledAt, startTimes, times, workMs } = planOf(this.#seed, parcel, parcels);
    const data = { parcel, poison, waits, ...(workMs === undefined ? {} : { workMs }) };
    const start = startMessage(this.#namespace, { source: SOURCE, id, workflow: WORKFLOW, businessKey: id, data });
    const tries = await this.#say(start);
    const workflowId = workflowIdOf(SOURCE, id);
    this.acknowledged.push(workflowId);
    if (startTimes > 1 || tries > 1) this.startedTwice.add(workflowId);
    if (cancelledAt !== undefined) this.cancelled.add(workflowId);
    await Promise.all([
      startTimes > 1 ? this.#say(start) : undefined,
      waits === 'told' ? this.#tell(id, toldAt, times) : undefined,
      cancelledAt === undefined ? undefined : this.#cancel(id, cancelledAt, times),
    ]);
    return workflowId;
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

  #say(message: OutgoingMessage): Promise<number> {
    this.#said.push(message);
    return this.#publish(message);
  }

  /** Resolves to how often it was tried. */
  async #publish(message: OutgoingMessage): Promise<number> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#publisher.publish(message);
        return tries;
      } catch {
        // Away, or the answer was lost.
        await sleep(AGAIN_MS);
      }
    }
  }
}

/** What becomes of a parcel, as far as it is up to the programs outside. */
function planOf(seed: string, parcel: number, { plain = false, poison = false, workMs }: Parcels) {
  const draw = chance(seed, parcel);
  const [kind, cancels, startsTwice, saysTwice] = [draw(), draw(), draw(), draw()];
  const later = (): number => Math.floor(draw() * SAID_WITHIN_MS);
  const [toldAt, doubt] = [later(), later()];
  if (plain || poison) return { waits: 'no', toldAt, cancelledAt: undefined, startTimes: 1, times: 1, workMs };
  const isCancelled = cancels < SHARES.cancelled;
  return {
    waits: kind < SHARES.told ? 'told' : kind < SHARES.told + SHARES.asking ? 'asks' : 'no',
    toldAt,
    cancelledAt: isCancelled ? doubt : undefined,
    startTimes: startsTwice < SHARES.startedTwice ? 2 : 1,
    times: saysTwice < SAID_TWICE ? 2 : 1,
    workMs: isCancelled ? SLOW_MS : workMs,
  };
}

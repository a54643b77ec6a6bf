import type { Delivery } from '../../broker/broker.ts';
import type { Cancellation } from '../../contract/steward-event.ts';
import { doubledMs } from '../../core/doubling.ts';
import { SetAside } from '../../core/errors.ts';
import type { IntentRecord } from '../../journal/intent-record.ts';
import type { Head } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { Believed } from '../believed.ts';
import { MOST_OPEN_REQUESTS } from '../known-intents.ts';
import { pauseAt } from '../pause-points.ts';
import { untilKnown } from '../right-to-act.ts';
import { returnsOf } from '../unpacking.ts';
import type { Cancellations } from './cancellations.ts';
import type { StewardDesk } from './desk.ts';

/** A grace period takes a second as a rule, a step that is being performed may take minutes. */
const FIRST_RETURN_MS = 500;
const LONGEST_RETURN_MS = 5_000;

/** How often a request comes back whose workflow is not there: half a minute, in which its start can come through. */
const MOST_SEARCHES = 12;

/** How many workflows with the same key are listed. */
const MOST_LISTED = 10;

/** How long the number of open requests is believed, milliseconds. */
const BELIEVED_MS = 1_000;

/** Takes requests for cancellation. */
export class CancellationDesk implements StewardDesk<Cancellation> {
  readonly #acting: Acting;
  readonly #cancellations: Cancellations;
  readonly #isFull: Believed<boolean>;

  constructor(acting: Acting, cancellations: Cancellations) {
    this.#acting = acting;
    this.#cancellations = cancellations;
    const { line, right } = acting;
    this.#isFull = new Believed(line.clock, BELIEVED_MS, async () => {
      const open = await untilKnown(() => line.journal.openIntents(MOST_OPEN_REQUESTS), right);
      return open.length >= MOST_OPEN_REQUESTS;
    });
  }

  /** @throws SetAside `cancel-unknown`, `cancel-ambiguous` */
  async take(event: Cancellation, delivery: Delivery): Promise<void> {
    const { line, right } = this.#acting;
    const known = await untilKnown(() => line.journal.readIntent(event.key), right);
    const returns = returnsOf(delivery);
    const intent = known ?? (await this.#open(event, returns));
    if (intent && (await this.#considerIfRipe(intent, returns))) return;
    await this.#acting.sender.toStewardLater(
      delivery,
      doubledMs(FIRST_RETURN_MS, returns, LONGEST_RETURN_MS),
      returns + 1,
    );
  }

  /**
   * Whether the request has its answer. The first look tells at once what is refused or comes too late; until the grace period is
   * over, another would find nothing new.
   */
  async #considerIfRipe(intent: IntentRecord, returns: number): Promise<boolean> {
    if (returns > 0 && !(await this.#cancellations.isRipe(intent))) return false;
    return (await this.#cancellations.consider(intent)) === 'answered';
  }

  /** Undefined: it cannot be opened yet. */
  async #open(event: Cancellation, returns: number): Promise<IntentRecord | undefined> {
    const { line, right } = this.#acting;
    const head = await this.#find(event);
    if (!head) {
      if (returns < MOST_SEARCHES) return undefined;
      throw new SetAside('cancel-unknown', { workflow: event.workflow, key: nameOf(event) });
    }
    if (await this.#isFull.get()) return undefined;
    const intent: IntentRecord = {
      _id: event.key,
      workflowId: head._id,
      reason: event.reason,
      source: event.source,
      eventId: event.eventId,
      requestedAt: new Date(line.clock.now()),
      at: 0,
      state: 'open',
    };
    const stands = await untilKnown(() => line.journal.insertIntent(intent), right);
    await pauseAt(this.#acting, 'intent-inserted', { workflowId: head._id, step: 0, attempt: 0 });
    return stands;
  }

  /** The one that is meant; the first match is not guessed, but what has ended stands behind what lives. */
  async #find(event: Cancellation): Promise<Head | undefined> {
    const { line, right } = this.#acting;
    const { workflowId, businessKey, workflow } = event;
    if (workflowId !== undefined) {
      const head = await untilKnown(() => line.journal.readHead(workflowId), right);
      return head?.workflow === workflow ? head : undefined;
    }
    if (businessKey === undefined) return undefined; // the event's schema demands one of the two
    const heads = await untilKnown(() => line.journal.findHeads({ workflow, businessKey }, MOST_LISTED), right);
    const live = heads.filter(({ endedAt }) => !endedAt);
    if (live.length > 1) {
      const ids = live.map(({ _id }) => _id).join(', ');
      throw new SetAside('cancel-ambiguous', { workflow, key: businessKey, ids });
    }
    return live[0] ?? heads[0];
  }
}

const nameOf = ({ workflowId, businessKey }: Cancellation): string => workflowId ?? businessKey ?? '';

import type { Delivery } from '../../broker/broker.ts';
import type { Cancellation } from '../../contract/steward-event.ts';
import { doubledMs } from '../../core/doubling.ts';
import { SetAside } from '../../core/errors.ts';
import type { IntentRecord } from '../../journal/intent-record.ts';
import type { Head } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { newIntent } from '../intents.ts';
import { listed, meantWorkflows } from '../meant-workflows.ts';
import { pauseAt } from '../pause-points.ts';
import { untilKnown } from '../right-to-act.ts';
import { returnsOf } from '../unpacking.ts';
import type { Cancellations } from './cancellations.ts';
import type { StewardDesk } from './desk.ts';
import type { OpenRequests } from './open-requests.ts';

/** Pauses before a request comes back: a step that is being performed may take minutes. */
const FIRST_RETURN_MS = 500;
const LONGEST_RETURN_MS = 5_000;

/** How often a request comes back whose workflow is not there: half a minute, in which its start can come through. */
const MOST_SEARCHES = 12;

/** Requests that wait in this process until everybody knows of them; it takes other events meanwhile, and the rest go to the ladder. */
export const MOST_HELD = 400;

/** Takes requests for cancellation. */
export class CancellationDesk implements StewardDesk<Cancellation> {
  readonly #acting: Acting;
  readonly #cancellations: Cancellations;
  readonly #requests: OpenRequests;
  #held = 0;

  constructor(acting: Acting, cancellations: Cancellations, requests: OpenRequests) {
    this.#acting = acting;
    this.#cancellations = cancellations;
    this.#requests = requests;
  }

  /** @throws SetAside `cancel-unknown`, `cancel-ambiguous` */
  async take(event: Cancellation, delivery: Delivery): Promise<void> {
    const returns = returnsOf(delivery);
    const intent = await this.#intentOf(event, returns);
    if (intent && (await this.#isAnswered(intent))) return;
    await this.#acting.sender.toStewardLater(
      delivery,
      doubledMs(FIRST_RETURN_MS, returns, LONGEST_RETURN_MS),
      returns + 1,
    );
  }

  /**
   * The first look tells at once what is refused or comes too late. What must wait for its grace period is held here for that second: a
   * way by the ladder costs more than all that is asked for it.
   */
  async #isAnswered(intent: IntentRecord): Promise<boolean> {
    const considered = await this.#cancellations.consider(intent);
    if (considered !== 'in-grace-period') return considered === 'answered';
    if (this.#held >= MOST_HELD) return false;
    this.#held += 1;
    try {
      if (!(await this.#cancellations.graceOver(intent))) return false;
    } finally {
      this.#held -= 1;
    }
    return (await this.#cancellations.consider(intent)) === 'answered';
  }

  /** The request as the journal has it, from now on if need be. Undefined: it cannot be opened yet. */
  async #intentOf(event: Cancellation, returns: number): Promise<IntentRecord | undefined> {
    const { line, right } = this.#acting;
    const heads = await this.#meant(event);
    const [head, ...others] = heads;
    if (head && others.length === 0 && (await this.#requests.hasRoom())) return this.#open(event, head);
    const known = await untilKnown(() => line.journal.readIntent(event.key), right);
    if (known) return known;
    const { workflow, workflowId, businessKey } = event;
    const key = workflowId ?? businessKey ?? ''; // the event's schema demands one of the two
    if (others.length > 0) throw new SetAside('cancel-ambiguous', { workflow, key, ids: listed(heads) });
    if (!head && returns >= MOST_SEARCHES) throw new SetAside('cancel-unknown', { workflow, key });
    return undefined;
  }

  async #open(event: Cancellation, { workflowId }: Head): Promise<IntentRecord> {
    const { line, right } = this.#acting;
    const { reason, source, eventId } = event;
    const intent = newIntent(this.#acting, { workflowId, reason, source, eventId });
    const stands = await untilKnown(() => line.writes.insertIntent(intent), right);
    await pauseAt(this.#acting, 'intent-inserted', { workflowId, step: 0, attempt: 0 });
    return stands;
  }

  /** Those that can be meant: what has ended stands behind what lives. The first match is not guessed. */
  async #meant(event: Cancellation): Promise<readonly Head[]> {
    const { line, right } = this.#acting;
    const heads = await untilKnown(() => meantWorkflows(line.reads, event), right);
    const live = heads.filter(({ endedAt }) => !endedAt);
    return live.length > 0 ? live : heads.slice(0, 1);
  }
}

import type { Delivery } from '../../broker/broker.ts';
import { type Cancellation, decodeStewardEvent, type Notification } from '../../contract/steward-event.ts';
import { queueName, STEWARD_ADDRESS } from '../../contract/topology.ts';
import { Fatal } from '../../core/errors.ts';
import { unreachable } from '../../core/unreachable.ts';
import type { Acting } from '../acting.ts';
import { firstRoutingKey } from '../first-routing-key.ts';
import { Inbox } from '../inbox.ts';
import type { Line } from '../line.ts';
import { rightUntil } from '../right-to-act.ts';
import { Sender } from '../sender.ts';
import { BaseService } from '../service.ts';
import { FINISH_MS } from '../stop-budget.ts';
import { returnsOf } from '../unpacking.ts';
import { MOST_HELD } from './cancellation-desk.ts';
import type { ReturnsDesk, StewardDesk } from './desk.ts';
import type { Round } from './round.ts';
import { Rounds } from './rounds.ts';

/** Events in passage at once. Each waits for a few writes and reads; the groups are filled from these, beside the requests that are held. */
const PREFETCH = MOST_HELD + 200;

/** What the broker gave up comes seldom, and each costs several reads. */
const RETURNED_PREFETCH = 20;

/** Pause before an event comes back that the engine itself failed on. */
const COME_BACK_MS = 30_000;

/** All that a steward does. */
export interface StewardWork {
  readonly notifications: StewardDesk<Notification>;
  readonly cancellations: StewardDesk<Cancellation>;
  readonly returned: ReturnsDesk;
  readonly rounds: readonly Round[];
}

export interface StewardOptions {
  /** Name of this process in what it inserts. */
  readonly worker: string;
  /** Makes what it does, for who acts on the line under its name. */
  work(acting: Acting): StewardWork;
}

/**
 * Looks after what no worker holds: takes notifications and cancellations, judges what the broker gave up, and goes its rounds.
 *
 * Any number of stewards work at once, and each may die or be paused anywhere: it holds no attempt, and everything it does may be
 * done twice, since the journal's keys decide. So it has no heartbeat and needs no fencing: what it does late, after others went on, is
 * found done.
 */
export class Steward extends BaseService {
  readonly #acting: Acting;
  readonly #work: StewardWork;
  readonly #ended = new AbortController();
  #inboxes: readonly Inbox[] = [];
  #rounds: Rounds | undefined;

  constructor(line: Line, options: StewardOptions) {
    super();
    const right = rightUntil(line.clock, line.random, this.#ended.signal);
    this.#acting = { line, right, sender: new Sender(line, right), workerId: options.worker };
    this.#work = options.work(this.#acting);
  }

  /** @throws Fatal `stopped` at a second start */
  protected override async onStart(signal: AbortSignal): Promise<void> {
    if (this.#ended.signal.aborted) throw new Fatal('stopped', { what: 'The steward' });
    const { namespace } = this.#acting.line;
    this.#inboxes = [
      new Inbox(this.#acting, {
        queue: queueName.steward(namespace),
        prefetch: PREFETCH,
        take: (delivery) => this.#takeEvent(delivery),
        comeBack: (delivery, error) => this.#comeBack(delivery, error),
      }),
      new Inbox(this.#acting, {
        queue: queueName.returned(namespace),
        prefetch: RETURNED_PREFETCH,
        take: (delivery) => this.#work.returned.take(delivery),
        comeBack: (delivery, error) => this.#comeBackReturned(delivery, error),
      }),
    ];
    try {
      await Promise.all(this.#inboxes.map((inbox) => inbox.begun(signal)));
    } catch (error) {
      await this.onStop();
      throw error;
    }
    this.#rounds = new Rounds(this.#acting.line, this.#work.rounds);
  }

  /** Takes nothing new and finishes what it has; what a server's absence holds up is left, and done by the next steward. */
  protected override async onStop(): Promise<void> {
    const left = this.#acting.line.clock.after(FINISH_MS, () => this.#end());
    await Promise.all([...this.#inboxes.map((inbox) => inbox.end()), this.#rounds?.end()]);
    left.cancel();
    this.#end();
  }

  #end(): void {
    this.#ended.abort(new Fatal('stopped', { what: 'The steward' }));
  }

  async #takeEvent(delivery: Delivery): Promise<void> {
    const { body, contentType } = delivery;
    const event = decodeStewardEvent(body, contentType, firstRoutingKey(delivery, STEWARD_ADDRESS));
    switch (event.kind) {
      case 'notification':
        return this.#work.notifications.take(event, delivery);
      case 'cancellation':
        return this.#work.cancellations.take(event, delivery);
      default:
        return unreachable(event);
    }
  }

  async #comeBack(delivery: Delivery, error: unknown): Promise<void> {
    const { line, sender } = this.#acting;
    line.log.error({ err: error, messageId: delivery.messageId }, 'event not handled; it comes back later');
    await sender.toStewardLater(delivery, COME_BACK_MS, returnsOf(delivery) + 1);
  }

  /** It rests in the queue unacknowledged meanwhile: there is no way back to `conveyor.returned` but through the broker. */
  async #comeBackReturned(delivery: Delivery, error: unknown): Promise<void> {
    const { line } = this.#acting;
    line.log.error({ err: error, messageId: delivery.messageId }, 'what the broker gave up is not judged yet');
    await line.clock.sleep(COME_BACK_MS, this.#ended.signal);
    delivery.giveBack();
  }
}

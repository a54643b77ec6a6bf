import type { Notification } from '../../contract/steward-event.ts';
import { describeError } from '../../core/errors.ts';
import { snapshotId } from '../../core/names.ts';
import { unreachable } from '../../core/unreachable.ts';
import type { NotificationSettlement, NotificationStand } from '../../journal/journal.ts';
import type { NotificationRecord, WaitRecord } from '../../journal/wait-records.ts';
import type { Acting } from '../acting.ts';
import { MOST_LISTED, meantWorkflows, waitsMeant } from '../meant-workflows.ts';
import type { NotificationResult } from '../metrics.ts';
import { nearMisses } from '../near-misses.ts';
import { isPinnedTo, pinNotification } from '../notification-pin.ts';
import { pauseAt } from '../pause-points.ts';
import { untilKnown } from '../right-to-act.ts';
import { problemOf, settleUnused } from '../unfit-notification.ts';
import { closeWait } from '../wait-closing.ts';
import { completeWait } from '../wait-completion.ts';
import type { StewardDesk } from './desk.ts';
import { prospectOf } from './prospect.ts';

/**
 * Takes notifications (journal.md D2). Each is inserted first, and only then is its wait looked for; who begins a wait inserts that first,
 * and looks for the notification then. So one of the two finds both: the notification's pin lets it complete one step at most, and the
 * snapshot's key lets one complete that.
 */
export class NotificationDesk implements StewardDesk<Notification> {
  readonly #acting: Acting;

  constructor(acting: Acting) {
    this.#acting = acting;
  }

  async take(event: Notification): Promise<void> {
    const { line, right } = this.#acting;
    const made = recordOf(event, new Date(line.clock.now()));
    const notification = await untilKnown(() => line.writes.insertNotification(made), right);
    await pauseAt(this.#acting, 'notification-kept', {
      workflowId: notification.workflowId ?? '',
      step: 0,
      attempt: 0,
    });
    line.metrics.notificationTaken(await this.#deliver(notification));
  }

  #deliver(notification: NotificationRecord): Promise<NotificationResult> | NotificationResult {
    switch (notification.state) {
      case 'kept': {
        const { usedBy, step } = notification;
        const isPinned = usedBy !== undefined && step !== undefined;
        return isPinned ? this.#goOn(notification, usedBy, step) : this.#look(notification);
      }
      case 'used':
        return this.#finish(notification);
      case 'late':
      case 'refused':
        return 'duplicate';
      default:
        return unreachable(notification.state);
    }
  }

  /** Whoever used it may have died before the wait was closed; all else was done before it was said to be used. */
  async #finish({ usedBy, step }: NotificationRecord): Promise<NotificationResult> {
    const wait = await this.#waitAt(usedBy, step);
    if (wait?.open) await closeWait(this.#acting, wait);
    return 'duplicate';
  }

  /** Whoever pinned it may have died before the snapshot: it completes that step, or comes too late for it. */
  async #goOn(notification: NotificationRecord, usedBy: string, step: number): Promise<NotificationResult> {
    const wait = await this.#waitAt(usedBy, step);
    return wait ? this.#complete(notification, wait) : this.#settle(notification, { state: 'late', usedBy, step });
  }

  async #waitAt(workflowId = '', step = 0): Promise<WaitRecord | null> {
    const { line, right } = this.#acting;
    return untilKnown(() => line.reads.wait(snapshotId(workflowId, step)), right);
  }

  async #look(notification: NotificationRecord): Promise<NotificationResult> {
    const waits = await this.#waitsFor(notification);
    const workflows = [...new Set(waits.map(({ workflowId }) => workflowId))];
    if (workflows.length > 1) return this.#refuseAmbiguous(notification, workflows);
    // Of one workflow's waits only the last can be undecided.
    const wait = waits.toSorted((one, other) => other.step - one.step)[0];
    return wait ? this.#complete(notification, wait) : this.#keep(notification);
  }

  async #waitsFor(notification: NotificationRecord): Promise<readonly WaitRecord[]> {
    const { line, right } = this.#acting;
    const meant = waitsMeant(notification);
    if (!meant) return [];
    const { name } = notification;
    const filter = 'workflowId' in meant ? meant : { ...meant, notification: name };
    const waits = await untilKnown(() => line.reads.openWaits(filter), right);
    return waits.filter((wait) => wait.notification === name);
  }

  async #complete(notification: NotificationRecord, wait: WaitRecord): Promise<NotificationResult> {
    const reason = await problemOf(this.#acting, notification, wait);
    const { step, workflowId: usedBy } = wait;
    if (reason !== undefined) return this.#settle(notification, { state: 'refused', step, usedBy, reason });
    const pinned = await pinNotification(this.#acting, notification, wait);
    if (!isPinnedTo(wait, pinned)) return this.#asItStands(notification, pinned);
    const result = await completeWait(this.#acting, wait, { by: 'notification', notification });
    switch (result) {
      case 'completed':
        return 'used';
      case 'late':
      case 'removed':
        return 'late';
      case 'parked':
        return 'refused';
      default:
        return unreachable(result);
    }
  }

  /** No wait is open for it: it is early, and kept; or it came too late. */
  async #keep(notification: NotificationRecord): Promise<NotificationResult> {
    const { line, right } = this.#acting;
    const prospects = await Promise.all(
      (await untilKnown(() => meantWorkflows(line.reads, notification), right)).map(async (head) => ({
        head,
        prospect: await prospectOf(this.#acting, head, notification.name),
      })),
    );
    const early = prospects.filter(({ prospect }) => prospect.kind === 'may').map(({ head }) => head._id);
    if (early.length > 1) return this.#refuseAmbiguous(notification, early);
    if (early.length === 0) {
      for (const { head, prospect } of prospects) {
        if (prospect.kind !== 'past') continue;
        const { step } = prospect;
        const usedBy = head._id;
        return this.#settle(notification, { state: 'late', usedBy, ...(step === undefined ? {} : { step }) });
      }
    }
    const isForeign = prospects.length > 0 && early.length === 0 && notification.workflowId !== undefined;
    await this.#logKept(notification, isForeign);
    return 'kept';
  }

  #refuseAmbiguous(notification: NotificationRecord, workflows: readonly string[]): Promise<NotificationResult> {
    const key = notification.businessKey ?? '';
    const ids = workflows.slice(0, MOST_LISTED).join(', ');
    return this.#settle(notification, { state: 'refused', reason: describeError('workflow-ambiguous', { key, ids }) });
  }

  async #settle(notification: NotificationRecord, settlement: NotificationSettlement): Promise<NotificationResult> {
    const stands = await settleUnused(this.#acting, notification, settlement);
    return stands?.state === 'kept' ? this.#asItStands(notification, stands) : (stands?.state ?? settlement.state);
  }

  /** Another has pinned or settled it meanwhile. Null: it was removed. */
  #asItStands(
    notification: NotificationRecord,
    stands: NotificationStand | null,
  ): Promise<NotificationResult> | NotificationResult {
    return stands ? this.#deliver({ ...notification, ...stands }) : 'duplicate';
  }

  /** @param isForeign it is for a workflow none of whose actions takes it, as far as their contracts are known by now */
  async #logKept(notification: NotificationRecord, isForeign: boolean): Promise<void> {
    const { line, right } = this.#acting;
    if (!line.log.isEnabled('info')) return;
    const near = await untilKnown(() => nearMisses(line.journal, notification), right);
    const { name, _id, businessKey, workflowId } = notification;
    const waitedFor = near.map((miss) => `${miss.workflowId}: ${miss.waitsFor ?? 'none'}`).join(', ');
    const details = { notification: _id, name, businessKey, workflowId, waitedFor };
    if (isForeign) line.log.warn(details, 'notification kept, but its workflow has no action that takes it');
    else line.log.info(details, 'notification kept for a wait to come');
  }
}

function recordOf(event: Notification, receivedAt: Date): NotificationRecord {
  const { key, name, workflowId, businessKey, workflow, data, source, eventId } = event;
  return {
    _id: key,
    name,
    ...(workflowId === undefined ? {} : { workflowId }),
    ...(businessKey === undefined ? {} : { businessKey }),
    ...(workflow === undefined ? {} : { workflow }),
    data,
    source,
    eventId,
    receivedAt,
    state: 'kept',
  };
}

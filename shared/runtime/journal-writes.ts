import type { CancelAnswer } from '../core/cancellation.ts';
import type { IntentRecord } from '../journal/intent-record.ts';
import type {
  HeadChange,
  Inserted,
  IntentAsRead,
  IntentStand,
  Journal,
  NotificationPin,
  NotificationSettlement,
  NotificationStand,
  WaitKey,
} from '../journal/journal.ts';
import type { Attempt, Head, Snapshot } from '../journal/records.ts';
import type { NotificationRecord, WaitRecord } from '../journal/wait-records.ts';
import { Group } from './grouping.ts';
import type { Metrics } from './metrics.ts';

/**
 * 200 documents are written or read in the time of a few single ones; larger batches only make their members wait longer for
 * each other.
 */
export const MAX_BATCH = 200;

/** What is written for each message and each request, one document at a time for the caller, in groups for the store. */
export interface GroupedWrites {
  insertHead(head: Head): Promise<Inserted>;
  insertAttempt(attempt: Attempt): Promise<Inserted>;
  insertSnapshot(snapshot: Snapshot): Promise<Inserted>;
  changeHead(change: HeadChange): Promise<void>;
  insertWait(wait: WaitRecord): Promise<WaitRecord>;
  advanceWait(polled: WaitKey & { readonly ticket: number; readonly due: Date }): Promise<WaitRecord | null>;
  markTicket(ticket: WaitKey & { readonly ticket: number }): Promise<void>;
  closeWait(wait: WaitKey): Promise<void>;
  insertNotification(notification: NotificationRecord): Promise<NotificationRecord>;
  pinNotification(pin: NotificationPin): Promise<NotificationStand | null>;
  settleNotification(settlement: NotificationSettlement & { readonly id: string }): Promise<NotificationStand | null>;
  insertIntent(intent: IntentRecord): Promise<IntentRecord>;
  pinIntent(pin: IntentPin): Promise<IntentStand | null>;
  closeIntent(answer: IntentClosing): Promise<IntentStand | null>;
}

type IntentPin = IntentAsRead & { readonly at: number };
type IntentClosing = IntentAsRead & { readonly answer: CancelAnswer; readonly closedAt: Date };

/** @param mayAct asked before each batch is sent; what it throws, the batch's writes reject with. Default: always allowed */
export function groupWrites(journal: Journal, metrics: Metrics, mayAct: () => void = () => {}): GroupedWrites {
  const group = <Item, Result>(operation: string, send: (items: readonly Item[]) => Promise<readonly Result[]>) =>
    new Group<Item, Result>({
      maxBatch: MAX_BATCH,
      onBatch: (size) => metrics.batch(operation, size),
      send: (items) => {
        mayAct();
        return send(items);
      },
    });

  /** Of a write that has nothing to say of its items. */
  const silentGroup = <Item>(operation: string, send: (items: readonly Item[]) => Promise<void>) => {
    const silent = group<Item, void>(operation, async (items) => {
      await send(items);
      return items.map(() => undefined);
    });
    return (item: Item): Promise<void> => silent.add(item);
  };

  const heads = group<Head, Inserted>('insert-heads', (items) => journal.insertHeads(items));
  const attempts = group<Attempt, Inserted>('insert-attempts', (items) => journal.insertAttempts(items));
  const snapshots = group<Snapshot, Inserted>('insert-snapshots', (items) => journal.insertSnapshots(items));
  const waits = group<WaitRecord, WaitRecord>('insert-waits', (items) => journal.insertWaits(items));
  const polled = group<WaitKey & { ticket: number; due: Date }, WaitRecord | null>('advance-waits', (items) =>
    journal.advanceWaits(items),
  );
  const notifications = group<NotificationRecord, NotificationRecord>('insert-notifications', (items) =>
    journal.insertNotifications(items),
  );
  const pinned = group<NotificationPin, NotificationStand | null>('pin-notifications', (items) =>
    journal.pinNotifications(items),
  );
  const settled = group<NotificationSettlement & { id: string }, NotificationStand | null>(
    'settle-notifications',
    (items) => journal.settleNotifications(items),
  );
  const intents = group<IntentRecord, IntentRecord>('insert-intents', (items) => journal.insertIntents(items));
  const pins = group<IntentPin, IntentStand | null>('pin-intents', (items) => journal.pinIntents(items));
  const closings = group<IntentClosing, IntentStand | null>('close-intents', (items) => journal.closeIntents(items));
  return {
    insertHead: (head) => heads.add(head),
    insertAttempt: (attempt) => attempts.add(attempt),
    insertSnapshot: (snapshot) => snapshots.add(snapshot),
    changeHead: silentGroup<HeadChange>('change-heads', (items) => journal.changeHeads(items)),
    insertWait: (wait) => waits.add(wait),
    advanceWait: (wait) => polled.add(wait),
    markTicket: silentGroup<WaitKey & { ticket: number }>('mark-tickets', (items) => journal.markTickets(items)),
    closeWait: silentGroup<WaitKey>('close-waits', (items) => journal.closeWaits(items)),
    insertNotification: (notification) => notifications.add(notification),
    pinNotification: (pin) => pinned.add(pin),
    settleNotification: (settlement) => settled.add(settlement),
    insertIntent: (intent) => intents.add(intent),
    pinIntent: (pin) => pins.add(pin),
    closeIntent: (answer) => closings.add(answer),
  };
}

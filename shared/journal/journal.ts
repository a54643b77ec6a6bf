import type { HeadJournal } from './port/heads.ts';
import type { IntentJournal } from './port/intents.ts';
import type { NotificationJournal } from './port/notifications.ts';
import type { RegistryJournal } from './port/registry.ts';
import type { StepJournal } from './port/steps.ts';
import type { WaitJournal } from './port/waits.ts';
import type { WorkerJournal } from './port/workers.ts';

export type { HeadChange, HeadFilter, HeadKey, HeadPage, HeadScan } from './port/heads.ts';
export type { IntentAsRead, IntentStand } from './port/intents.ts';
export type {
  NotificationFilter,
  NotificationPin,
  NotificationSettlement,
  NotificationStand,
} from './port/notifications.ts';
export type { Course, DecidedStep, Inserted, Stand, StepKey, StepView } from './port/steps.ts';
export type { WaitFilter, WaitKey, WaitPlace } from './port/waits.ts';

/**
 * The journal: the truth about every workflow. The rules are those of docs/journal.md; this is the port that both adapters
 * implement and `test/contract/journal.ts` checks. Its parts, by what they are about, are in port/.
 *
 * - Every method may be called concurrently. Every write is durable on a majority before it resolves.
 * - Every method ends in bounded time. It rejects with Unavailable `journal-unavailable` when nothing was written, or
 *   `journal-unknown` when the write may or may not have happened. After the latter, do the same again: an insert
 *   recognises its own earlier document (by `_id` and `token`, of a snapshot by `_id`, `attempt`, `worker` and `token`; the same
 *   head again is a duplicate), and the other writes are idempotent: what is a compare-and-set resolves to the document as it stands,
 *   and what a caller may conclude from that does not depend on who changed it. Nothing is repeated in secret.
 * - A batch is not atomic: each item has its own result, in the order given. Items of one batch may share a key; then one of
 *   them is inserted. The caller bounds its batches; what reads by a filter is bounded by a limit.
 * - Reads see what a majority acknowledged, and everything the caller was told is written. What a method adds to that is
 *   said with it.
 * - Documents come back as they were given, whatever JSON they hold. They belong to the caller: changing them changes nothing
 *   in the journal.
 * - `close` waits for what is under way. After it every method rejects with Fatal `stopped`.
 */
export interface Journal
  extends HeadJournal,
    StepJournal,
    WaitJournal,
    NotificationJournal,
    IntentJournal,
    WorkerJournal,
    RegistryJournal {
  /** Resolves when the store answers; rejects with Unavailable otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

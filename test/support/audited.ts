// Histories for the tests of the audit: some that are in order, and the means to spoil them.
import * as fc from 'fast-check';
import type { Attempt, Head, Snapshot, WorkflowHistory } from '../../shared/journal/records.ts';
import { type AuditOptions, type AuditReport, auditJournal } from '../../shared/runtime/audit.ts';
import { VirtualClock } from '../../shared/testing/virtual-clock.ts';
import { type Before, type HistorySpec, journalOf, parcel, stepsOf } from './histories.ts';

/** Long after everything in the histories. */
export const LATER = Date.parse('2026-02-01T00:00:00Z');
export const audit = (
  histories: readonly WorkflowHistory[],
  options: Partial<AuditOptions> = {},
  definitions = [parcel],
): Promise<AuditReport> =>
  auditJournal(journalOf(histories, definitions), { clock: new VirtualClock(LATER), ...options });

const before = fc.constantFrom<Before>('failed', 'released', 'lost', 'operator');
export const anyHistory: fc.Arbitrary<HistorySpec> = fc
  .record({ weight: fc.constantFrom(50, 150), begun: fc.integer({ min: 1, max: 3 }) })
  .chain(({ weight, begun }) => {
    const length = Math.min(begun, stepsOf(weight));
    return fc.record({
      id: fc.uuid(),
      weight: fc.constant(weight),
      steps: fc.array(fc.array(before, { maxLength: 4 }), { minLength: length, maxLength: length }),
      last: fc.constantFrom<HistorySpec['last']>('decided', 'refused', 'open', 'parked'),
    });
  });

export const ended: HistorySpec = {
  id: 'a',
  weight: 150,
  steps: [['failed'], ['lost'], ['operator']],
  last: 'decided',
};
export const underWay: HistorySpec = { id: 'b', weight: 50, steps: [[], ['failed']], last: 'open' };
export const parked: HistorySpec = { id: 'c', weight: 50, steps: [[], ['failed', 'failed']], last: 'parked' };
export const refused: HistorySpec = { id: 'd', weight: 150, steps: [[], []], last: 'refused' };

export const seconds = (at: Date, by: number): Date => new Date(at.getTime() + by * 1_000);
export const withoutEnd = (head: Head): Head => omit({ ...head, status: 'running' }, 'endedAt');
export const ofHead = (change: (head: Head) => Head) => (history: WorkflowHistory) => ({
  ...history,
  head: change(history.head),
});
export const ofSnapshot =
  (step: number, change: (snapshot: Snapshot) => Snapshot | undefined) => (history: WorkflowHistory) => ({
    ...history,
    snapshots: history.snapshots.flatMap((one) => (one.step === step ? (change(one) ?? []) : one)),
  });
export const ofAttempt =
  (step: number, number: number, change: (attempt: Attempt) => Attempt | undefined) => (history: WorkflowHistory) => ({
    ...history,
    attempts: history.attempts.flatMap((one) =>
      one.step === step && one.attempt === number ? (change(one) ?? []) : one,
    ),
  });
export const without = () => undefined;

/** Without one optional field. */
export function omit(head: Head, field: 'endedAt' | 'parked'): Head {
  const { [field]: _dropped, ...rest } = head;
  return rest;
}

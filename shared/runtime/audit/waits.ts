import type { Attempt, Snapshot, WorkflowHistory } from '../../journal/records.ts';
import type { WaitRecord } from '../../journal/wait-records.ts';
import type { Finding } from './finding.ts';

/** I2: each wait has one completion, and each completion its wait; a notification completes one step. */
export function checkWaits({ attempts, snapshots }: WorkflowHistory): Finding[] {
  const used = new Map<string, number>();
  return snapshots.flatMap((snapshot) => {
    const { step, notification } = snapshot;
    const problems = completionProblems(
      snapshot,
      attempts.filter((attempt) => attempt.step === step),
    );
    if (notification === undefined) return problems;
    const before = used.get(notification);
    used.set(notification, step);
    return before === undefined
      ? problems
      : [...problems, i2(step, `notification ${notification} had completed step ${before}`)];
  });
}

function completionProblems(snapshot: Snapshot, attempts: readonly Attempt[]): Finding[] {
  const { step, kind, by, notification, attempt: number } = snapshot;
  if (kind !== 'run') return by === undefined ? [] : [i2(step, `a ${kind} says that a wait was completed by ${by}`)];
  const decider = attempts.find(({ attempt }) => attempt === number);
  if (by === undefined) {
    if (decider?.fate === 'waiting')
      return [i2(step, `attempt ${number} waits, but nothing says what completed the wait`)];
    return notification === undefined ? [] : [i2(step, 'it names a notification, but was not completed by one')];
  }
  if (decider?.fate !== 'waiting') return [i2(step, `completed by ${by}, but attempt ${number} does not wait`)];
  return (by === 'notification') === (notification !== undefined)
    ? []
    : [i2(step, `completed by ${by}, and names ${notification === undefined ? 'no notification' : 'a notification'}`)];
}

/**
 * I1: what waits has its wait, by which a notification or its time finds it; and no wait is left of what is decided.
 * @param waits of the steps that have waited
 */
export function checkWaitRecords({ attempts, snapshots }: WorkflowHistory, waits: readonly WaitRecord[]): Finding[] {
  const decided = new Set(snapshots.map(({ step }) => step));
  const left = waits
    .filter(({ open, step }) => open && decided.has(step))
    .map(({ step }) => i1(step, 'its wait is open, but it is decided'));
  const last = attempts.at(-1);
  if (last?.fate !== 'waiting' || decided.has(last.step)) return left;
  const wait = waits.find(({ step, attempt }) => step === last.step && attempt === last.attempt);
  return wait?.open ? left : [...left, i1(last.step, `attempt ${last.attempt} waits, but there is no open wait of it`)];
}

const i1 = (step: number, problem: string): Finding => ({ invariant: 'I1', problem: `step ${step}: ${problem}` });
const i2 = (step: number, problem: string): Finding => ({ invariant: 'I2', problem: `step ${step}: ${problem}` });

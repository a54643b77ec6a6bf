import { attemptId, snapshotId } from '../../core/names.ts';
import type { Attempt, Snapshot, WorkflowHistory } from '../../journal/records.ts';
import type { Finding } from './finding.ts';

/** An attempt that was passed over as lost: from then on its holder must have been dead. */
export interface Takeover {
  readonly attempt: Attempt;
  /** When the next attempt was made. */
  readonly at: Date;
}

interface StepHistory {
  readonly step: number;
  readonly attempts: readonly Attempt[];
  readonly snapshot: Snapshot | undefined;
}

/**
 * I3 and I4: what the attempts of each step say about each other and about the step's snapshot.
 * @param toleranceMs by how much the clocks of the processes may differ
 */
export function checkAttempts(history: WorkflowHistory, toleranceMs: number): Finding[] {
  const undecided = (history.snapshots.at(-1)?.step ?? 0) + 1;
  return stepsOf(history).flatMap((step) => [
    ...foreignIds(step),
    ...(step.step > undecided ? [i3(step, `attempted before step ${undecided} was decided`)] : []),
    ...misnumbered(step),
    ...overlaps(step, toleranceMs),
    ...wrongDecider(step),
    ...wrongFates(step),
  ]);
}

/** The attempts that were passed over without a fate, and without having decided their step. */
export function takeoversOf(history: WorkflowHistory): Takeover[] {
  return stepsOf(history).flatMap(({ attempts, snapshot }) =>
    attempts.flatMap((attempt, index) => {
      const next = attempts[index + 1];
      const lost = next && attempt.fate === undefined && attempt.attempt !== snapshot?.attempt;
      return lost ? [{ attempt, at: next.at }] : [];
    }),
  );
}

function stepsOf({ attempts, snapshots }: WorkflowHistory): StepHistory[] {
  const steps = new Map<number, Attempt[]>(snapshots.map(({ step }) => [step, []]));
  for (const attempt of attempts) {
    const known = steps.get(attempt.step);
    if (known) known.push(attempt);
    else steps.set(attempt.step, [attempt]);
  }
  return [...steps].map(([step, made]) => ({
    step,
    attempts: made,
    snapshot: snapshots.find((snapshot) => snapshot.step === step),
  }));
}

const i3 = ({ step }: StepHistory, problem: string): Finding => ({
  invariant: 'I3',
  problem: `step ${step}: ${problem}`,
});
const i4 = ({ step }: StepHistory, problem: string): Finding => ({
  invariant: 'I4',
  problem: `step ${step}: ${problem}`,
});

function foreignIds(step: StepHistory): Finding[] {
  const { attempts, snapshot } = step;
  const findings = attempts
    .filter(({ _id, workflowId, step: number, attempt }) => _id !== attemptId(workflowId, number, attempt))
    .map(({ _id }) => i4(step, `attempt ${_id} is not what its id says`));
  if (snapshot && snapshot._id !== snapshotId(snapshot.workflowId, snapshot.step)) {
    findings.push(i4(step, `snapshot ${snapshot._id} is not what its id says`));
  }
  const actions = new Set([...attempts, ...(snapshot ? [snapshot] : [])].map(({ action }) => action));
  if (actions.size > 1) {
    findings.push(i4(step, `one step is one action, but it was attempted as ${[...actions].join(' and ')}`));
  }
  return findings;
}

function misnumbered(step: StepHistory): Finding[] {
  const wrong = step.attempts.findIndex(({ attempt }, index) => attempt !== index + 1);
  const found = step.attempts[wrong];
  return found ? [i3(step, `attempt ${wrong + 1} is missing, but there is attempt ${found.attempt}`)] : [];
}

function overlaps(step: StepHistory, toleranceMs: number): Finding[] {
  const { attempts, snapshot } = step;
  return attempts.flatMap((attempt, index) => {
    const next = attempts[index + 1];
    if (!next) return [];
    const begun = next.at.getTime() + toleranceMs;
    if (attempt.at.getTime() > begun) {
      return [i3(step, `attempt ${next.attempt} was made before attempt ${attempt.attempt}`)];
    }
    const decidedAt = endOf(attempt, snapshot);
    if (decidedAt === undefined || decidedAt.getTime() <= begun) return [];
    const until = `${decidedAt.toISOString()} by ${attempt.worker}`;
    const since = `${next.at.toISOString()} by ${next.worker}`;
    return [
      i3(step, `attempt ${attempt.attempt} was held until ${until}, attempt ${next.attempt} was made at ${since}`),
    ];
  });
}

/**
 * When its holder decided an attempt. `released` and `void` tell nothing: a process that was paused gives back what others have
 * taken over meanwhile, and that is harmless.
 */
function endOf(attempt: Attempt, snapshot: Snapshot | undefined): Date | undefined {
  if (snapshot?.attempt === attempt.attempt && isHolders(snapshot)) return snapshot.at;
  const { fate, settledAt } = attempt;
  return fate === 'failed' || fate === 'parked' || fate === 'waiting' ? settledAt : undefined;
}

/** Whether the holder of an attempt has decided the step; not what ended its wait, and not a cancellation. */
const isHolders = ({ kind, by }: Snapshot): boolean => kind !== 'cancel' && by === undefined;

function wrongDecider(step: StepHistory): Finding[] {
  const { attempts, snapshot } = step;
  if (!snapshot) return [];
  const decider = attempts.find(({ attempt }) => attempt === snapshot.attempt);
  if (!decider) return [i3(step, `decided by attempt ${snapshot.attempt}, which nobody made`)];
  if (!isHolders(snapshot)) return beside(step, decider, snapshot);
  if (decider.worker !== snapshot.worker || decider.kind !== snapshot.kind) {
    return [i3(step, `decided by ${snapshot.worker}, but attempt ${decider.attempt} was held by ${decider.worker}`)];
  }
  // `released` and `parked` can be set by others, who took its holder for dead while its snapshot was on its way.
  if (decider.fate === 'failed' || decider.fate === 'void' || decider.fate === 'withheld') {
    return [i3(step, `decided by attempt ${decider.attempt}, whose fate is "${decider.fate}"`)];
  }
  return [];
}

/**
 * The end of a wait is anybody's to decide; a cancellation decides behind the last attempt, whatever became of that. An attempt that is made
 * after it is never performed: it is given back, lost, or was parked instead of sent.
 */
function beside(step: StepHistory, decider: Attempt, { kind }: Snapshot): Finding[] {
  if (kind !== 'cancel') return [];
  const performed = step.attempts.find(
    ({ attempt, fate }) => attempt > decider.attempt && (fate === 'failed' || fate === 'waiting'),
  );
  if (!performed) return [];
  return [
    i3(step, `cancelled behind attempt ${decider.attempt}, but attempt ${performed.attempt} was performed after it`),
  ];
}

function wrongFates(step: StepHistory): Finding[] {
  const { attempts, snapshot } = step;
  return attempts.flatMap((attempt, index) => {
    if (attempt.fate === 'void' && !snapshot) {
      return [i3(step, `attempt ${attempt.attempt} lost against a decision that does not exist`)];
    }
    const before = attempts[index - 1];
    if (attempt.kind === 'operator' && before?.fate !== 'parked') {
      return [i3(step, `attempt ${attempt.attempt} is an operator's, but nothing was parked before it`)];
    }
    return [];
  });
}

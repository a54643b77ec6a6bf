import type { LifecycleEventName } from '../../contract/lifecycle-event.ts';
import { unreachable } from '../../core/unreachable.ts';
import type { WorkflowDefinition } from '../../core/workflow-definition.ts';
import type { Attempt, Snapshot, WorkflowHistory } from '../../journal/records.ts';
import { standingOf } from '../standing.ts';

/** Something in the journal that is announced. */
export interface Milestone {
  readonly event: LifecycleEventName;
  readonly step: number;
  readonly attempt: number;
  readonly at: Date;
  /**
   * Whether the event must have come: not where whoever wrote the fact may have died over it, and what others did since has made its
   * event pointless; nor where the definition announces no steps.
   */
  readonly isDue: boolean;
}

/** `<step>/<attempt>/<event>`, as the event's id ends. */
export const keyOf = ({ step, attempt, event }: Pick<Milestone, 'step' | 'attempt' | 'event'>): string =>
  `${step}/${attempt}/${event}`;

/** Everything in a history of which there is an event. */
export function milestonesOf(
  history: WorkflowHistory,
  definition: Pick<WorkflowDefinition, 'announce'> | null,
): Milestone[] {
  const { head, attempts, snapshots } = history;
  const announcesSteps = definition?.announce === 'steps';
  const standing = standingOf(history);
  const current = standing.kind === 'parked' || standing.kind === 'waiting' ? standing.attempt : undefined;
  const waited = new Set(
    snapshots.filter(({ by }) => by !== undefined).map(({ step, attempt }) => `${step}/${attempt}`),
  );
  return [
    { event: 'started', step: 0, attempt: 0, at: head.startedAt, isDue: true },
    ...snapshots.flatMap((snapshot) => ofSnapshot(snapshot, announcesSteps)),
    ...attempts.flatMap((attempt) => {
      const isDue = attempt === current || waited.has(`${attempt.step}/${attempt.attempt}`);
      return ofAttempt(attempt, isDue);
    }),
  ];
}

function ofSnapshot({ step, attempt, at, kind, next, by, failure }: Snapshot, announcesSteps: boolean): Milestone[] {
  const where = { step, attempt, at };
  const isEnd = 'end' in next;
  // An operator who lets a step fail decides it as its action would have.
  const isRun = kind === 'run' || (kind === 'cancel' && failure !== undefined);
  return [
    ...(by === undefined ? [] : [{ ...where, event: 'resumed' as const, isDue: true }]),
    ...(isRun && !isEnd ? [{ ...where, event: 'advanced' as const, isDue: announcesSteps }] : []),
    ...(kind === 'cancel' && !isRun ? [{ ...where, event: 'cancelling' as const, isDue: true }] : []),
    ...(kind === 'compensate' ? [{ ...where, event: 'compensated' as const, isDue: announcesSteps }] : []),
    ...(isEnd ? [{ ...where, event: next.end, isDue: true }] : []),
  ];
}

function ofAttempt({ step, attempt, at: madeAt, settledAt, kind, fate }: Attempt, isDue: boolean): Milestone[] {
  const at = settledAt ?? madeAt;
  // The operator's own attempt is the one before that which it sends.
  if (kind === 'operator') return [{ event: 'resumed', step, attempt: attempt + 1, at, isDue: false }];
  switch (fate) {
    case 'waiting':
    case 'parked':
      return [{ event: fate, step, attempt, at, isDue }];
    case 'failed':
      return [{ event: 'retrying', step, attempt, at, isDue: false }];
    case 'released':
    case 'withheld':
    case 'void':
    case undefined:
      return [];
    default:
      return unreachable(fate);
  }
}

import type { WorkflowDefinition } from '../../core/workflow-definition.ts';
import type { WorkflowHistory } from '../../journal/records.ts';
import { standingOf } from '../standing.ts';
import { checkAttempts } from './attempts.ts';
import type { Finding } from './finding.ts';
import { checkHead } from './head.ts';
import { checkPath } from './path.ts';
import type { Related } from './related.ts';
import { checkRequests } from './requests.ts';
import { checkPlan } from './undoing.ts';
import { checkWaitRecords, checkWaits } from './waits.ts';

/** For so long what follows from a decision may be missing: whoever died over it is followed by then. */
const SETTLING_MS = 60_000;

/** How a workflow is looked at. */
export interface Look extends Partial<Related> {
  /** Undefined: the line has come to rest. */
  readonly now: number | undefined;
  readonly toleranceMs: number;
}

/**
 * One workflow against I1–I4; none: it is as it must be. Pure. Its requests: none by default; its waits are not looked at by default.
 * @param definition null: the journal has none
 */
export function auditWorkflow(
  history: WorkflowHistory,
  definition: WorkflowDefinition | null,
  { now, toleranceMs, intents = [], waits }: Look,
): readonly Finding[] {
  const standing = standingOf(history);
  // Made, and closed, a moment after what they follow from.
  const mayLag = now !== undefined && now - standing.since.getTime() <= SETTLING_MS;
  return [
    ...checkHead({ history, standing, intents }, now),
    ...checkPath(history, definition),
    ...checkPlan(history),
    ...checkRequests(history, intents, { drained: now === undefined }),
    ...checkWaits(history),
    ...(waits && !mayLag ? checkWaitRecords(history, waits) : []),
    ...checkAttempts(history, toleranceMs),
  ];
}

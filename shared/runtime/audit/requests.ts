import { unreachable } from '../../core/unreachable.ts';
import type { IntentRecord } from '../../journal/intent-record.ts';
import type { Snapshot, WorkflowHistory } from '../../journal/records.ts';
import type { Finding } from './finding.ts';

/**
 * I2: each answer to a request for cancellation is what the journal says, and each cancellation in it was asked for.
 * @param drained nothing is under way any more: then no request may be open
 */
export function checkRequests(
  { snapshots }: WorkflowHistory,
  intents: readonly IntentRecord[],
  { drained }: { readonly drained: boolean },
): Finding[] {
  const byIntent = new Map(
    snapshots.flatMap((snapshot) => (snapshot.intent === undefined ? [] : [[snapshot.intent, snapshot] as const])),
  );
  const unasked = snapshots
    .filter(({ intent }) => intent !== undefined && !intents.some(({ _id }) => _id === intent))
    .map(({ step, intent }) =>
      finding(`step ${step} was cancelled by request ${intent}, which the journal does not have`),
    );
  const answers = intents.flatMap((intent) => {
    const problem = answerProblem(intent, byIntent.get(intent._id), snapshots.at(-1));
    return problem === undefined ? [] : [finding(`request ${intent._id} ${problem}`)];
  });
  const open = drained ? intents.filter(({ state }) => state === 'open') : [];
  return [
    ...unasked,
    ...answers,
    ...open.map(({ _id, requestedAt }): Finding => {
      const problem = `request ${_id} of ${requestedAt.toISOString()} has no answer`;
      return { invariant: 'I1', problem };
    }),
  ];
}

/** @param decision the step that this request decided */
function answerProblem(
  { state, answer, at }: IntentRecord,
  decision: Snapshot | undefined,
  last: Snapshot | undefined,
): string | undefined {
  if (state === 'open') return undefined;
  if (!answer) return 'is closed, and has no answer';
  switch (answer.kind) {
    case 'accepted':
      if (!decision) return 'was accepted, but no step was cancelled by it';
      return decision.step === at ? undefined : `was accepted at step ${at}, but cancelled step ${decision.step}`;
    case 'refused':
      return decision ? `was refused, but cancelled step ${decision.step}` : undefined;
    case 'already-cancelling':
      return decision ? `was answered "already cancelling", but cancelled step ${decision.step}` : undefined;
    case 'too-late': {
      if (decision) return `came too late, but cancelled step ${decision.step}`;
      const isSo = last !== undefined && 'end' in last.next && last.next.end === answer.status;
      return isSo ? undefined : `came too late for the end ${answer.status}, which the journal does not have`;
    }
    default:
      return unreachable(answer);
  }
}

const finding = (problem: string): Finding => ({ invariant: 'I2', problem });

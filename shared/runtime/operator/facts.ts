import { queueName } from '../../contract/topology.ts';
import { chooseEdge } from '../../core/conditions.ts';
import { Parks, Refused } from '../../core/errors.ts';
import { snapshotId } from '../../core/names.ts';
import { enter, type Next } from '../../core/transition.ts';
import type { WorkflowHistory } from '../../journal/records.ts';
import type { Line } from '../line.ts';
import { standingOf } from '../standing.ts';
import type { Facts } from './explain.ts';

/** Requests that are looked at: an open one is among the newest. */
const MOST_REQUESTS = 20;

/** Where facts come from. */
export interface FactSources extends Pick<Line, 'namespace' | 'journal' | 'clock'> {
  readonly broker: Pick<Line['broker'], 'depth'>;
}

/**
 * Reads what `reasonOf` needs. The history is read last: what moves on while the rest is read is seen there.
 * @throws Refused `workflow-unknown`; Unavailable
 */
export async function readFacts(
  { namespace, broker, journal, clock }: FactSources,
  workflowId: string,
  livenessTimeoutMs: number,
): Promise<Facts> {
  const [workers, intents] = await Promise.all([
    journal.readWorkers(),
    journal.findIntents([workflowId], MOST_REQUESTS),
  ]);
  const history = await journal.readHistory(workflowId);
  if (!history) throw new Refused('workflow-unknown', { key: workflowId });
  const standing = standingOf(history);
  const isOnLine = standing.kind === 'running' || standing.kind === 'compensating';
  const action = await nextAction(journal, history);
  const [wait = null] =
    standing.kind === 'waiting' ? await journal.readWaits([snapshotId(workflowId, standing.step)]) : [];
  const isHeld = isOnLine && standing.attempt !== undefined && standing.attempt.fate === undefined;
  const mayBeQueued = isOnLine && !isHeld && action !== undefined;
  const ready = mayBeQueued ? await broker.depth(queueName.work(namespace, action)) : null;
  const progress = mayBeQueued ? await progressOf(journal, action) : undefined;
  return { history, action, wait, intents, workers, ready, progress, now: clock.now(), livenessTimeoutMs };
}

async function progressOf(journal: FactSources['journal'], action: string): Promise<Date | undefined> {
  const stations = await journal.listStations();
  return stations.find(({ _id }) => _id === action)?.progress;
}

async function nextAction(
  journal: FactSources['journal'],
  { head, snapshots }: WorkflowHistory,
): Promise<string | undefined> {
  const last = snapshots.at(-1);
  if (last) return actionOf(last.next);
  const record = await journal.findDefinition(head.workflow, head.version);
  if (!record) return undefined;
  const { definition } = record;
  try {
    return actionOf(enter(definition, definition.initial, head.input, chooseEdge).next);
  } catch (error) {
    // Its start would have been refused; an older build may have taken it.
    if (error instanceof Parks) return undefined;
    throw error;
  }
}

function actionOf(next: Next): string | undefined {
  if ('action' in next) return next.action;
  return 'compensate' in next ? next.compensate : undefined;
}

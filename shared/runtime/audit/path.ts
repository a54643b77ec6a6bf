import { isDeepStrictEqual } from 'node:util';
import { chooseEdge } from '../../core/conditions.ts';
import { Parks } from '../../core/errors.ts';
import { edgeOf, enter, type Next, type Position } from '../../core/transition.ts';
import type { WorkflowDefinition } from '../../core/workflow-definition.ts';
import type { Snapshot, WorkflowHistory } from '../../journal/records.ts';
import type { Finding } from './finding.ts';

/**
 * I2: walks the history along the definition, choosing every edge again. Only the first problem is told: what comes after a wrong
 * step follows from it.
 */
export function checkPath(history: WorkflowHistory, definition: WorkflowDefinition | null): Finding[] {
  const { head, snapshots } = history;
  const problem = definition
    ? firstProblem(history, definition)
    : (gap(snapshots) ?? `its definition ${head.workflow} version ${head.version} is not in the journal`);
  return problem === undefined ? [] : [{ invariant: 'I2', problem }];
}

function gap(snapshots: readonly Snapshot[]): string | undefined {
  const index = snapshots.findIndex(({ step }, position) => step !== position + 1);
  const found = snapshots[index];
  if (!found) return undefined;
  return found.step <= index
    ? `step ${found.step} has more than one snapshot`
    : `step ${index + 1} has no snapshot, but step ${found.step} has`;
}

function firstProblem({ head, snapshots }: WorkflowHistory, definition: WorkflowDefinition): string | undefined {
  const missing = gap(snapshots);
  if (missing !== undefined) return missing;
  try {
    let position = enter(definition, definition.initial, head.input, chooseEdge);
    for (const snapshot of snapshots) {
      const problem = wrongStep(definition, position, snapshot);
      if (problem !== undefined) return `step ${snapshot.step}: ${problem}`;
      position = enter(definition, snapshot.state, snapshot.data, chooseEdge);
      if (!isDeepStrictEqual(snapshot.next, position.next)) {
        return `step ${snapshot.step}: state "${snapshot.state}" leads to ${describeNext(position.next)}, but the snapshot says ${describeNext(snapshot.next)}`;
      }
    }
    return undefined;
  } catch (error) {
    // A state whose conditions cannot be evaluated parks the step that leads to it, so no snapshot enters it.
    if (error instanceof Parks) return error.message;
    throw error;
  }
}

function wrongStep(definition: WorkflowDefinition, from: Position, snapshot: Snapshot): string | undefined {
  const { action, failure, state, changes, data } = snapshot;
  if ('end' in from.next) return `decided after the end in state "${from.state}"`;
  if (action !== from.next.action) {
    return `performed "${action}", but state "${from.state}" leads to ${describeNext(from.next)}`;
  }
  const edge = edgeOf(definition, from.state, action);
  const to = failure ? edge?.onFailure?.[failure.code] : edge?.to;
  if (state !== to) {
    const how = failure ? ` failing with "${failure.code}"` : '';
    return `"${action}"${how} leads from "${from.state}" to "${to ?? 'nowhere'}", not to "${state}"`;
  }
  if (!isDeepStrictEqual(data, { ...from.data, ...changes })) return 'the data is not the data before plus the changes';
  return undefined;
}

const describeNext = (next: Next): string => ('end' in next ? `the end ${next.end}` : `"${next.action}"`);

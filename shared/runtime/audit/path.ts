import { isDeepStrictEqual } from 'node:util';
import { cancelRule } from '../../core/cancellation.ts';
import { nextUndo, type Undo, undone } from '../../core/compensation.ts';
import { chooseEdge } from '../../core/conditions.ts';
import { Parks } from '../../core/errors.ts';
import { edgeOf, enter, type Next, type Position } from '../../core/transition.ts';
import { unreachable } from '../../core/unreachable.ts';
import { COMPENSATE, type WorkflowDefinition } from '../../core/workflow-definition.ts';
import type { Snapshot, WorkflowHistory } from '../../journal/records.ts';
import { dataOfStep } from '../given.ts';
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

/** Where a workflow stands between two steps, on its way or on its way back. */
interface Place extends Position {
  readonly undo?: Undo | undefined;
}

function firstProblem(
  { head, attempts, snapshots }: WorkflowHistory,
  definition: WorkflowDefinition,
): string | undefined {
  const missing = gap(snapshots);
  if (missing !== undefined) return missing;
  try {
    let from: Place = enter(definition, definition.initial, head.input, chooseEdge);
    for (const snapshot of snapshots) {
      const { step, state, data, next, undo } = snapshot;
      // What an operator has changed is the data before the step.
      const before = { ...from, data: dataOfStep(from.data, attempts, step) };
      const problem = wrongStep(definition, before, snapshot) ?? wrongNext(definition, snapshot);
      if (problem !== undefined) return `step ${step}: ${problem}`;
      from = { state, data, next, undo };
    }
    return undefined;
  } catch (error) {
    // A state whose conditions cannot be evaluated parks the step that leads to it, so no snapshot enters it.
    if (error instanceof Parks) return error.message;
    throw error;
  }
}

function wrongNext(definition: WorkflowDefinition, { state, data, next, undo }: Snapshot): string | undefined {
  const expected = undo ? nextUndo(undo) : enter(definition, state, data, chooseEdge).next;
  if (isDeepStrictEqual(next, expected)) return undefined;
  const from = undo ? 'what is left to undo' : `state "${state}"`;
  return `${from} leads to ${describeNext(expected)}, but the snapshot says ${describeNext(next)}`;
}

function wrongStep(definition: WorkflowDefinition, from: Place, snapshot: Snapshot): string | undefined {
  const { action, changes, data, kind } = snapshot;
  if ('end' in from.next) return `decided after the end in state "${from.state}"`;
  const expected = 'action' in from.next ? from.next.action : from.next.compensate;
  const isBack = !('action' in from.next);
  if (action !== expected || isBack !== (kind === 'compensate')) {
    return `${DONE[kind]} "${action}", but state "${from.state}" leads to ${describeNext(from.next)}`;
  }
  if (!isDeepStrictEqual(data, { ...from.data, ...changes })) return 'the data is not the data before plus the changes';
  switch (kind) {
    case 'run':
      return wrongEdge(definition, from, snapshot);
    case 'cancel':
      return snapshot.failure ? wrongEdge(definition, from, snapshot) : wrongCancellation(definition, from, snapshot);
    case 'compensate':
      return wrongUndoing(from, snapshot);
    default:
      return unreachable(kind);
  }
}

const DONE = { run: 'performed', cancel: 'cancelled', compensate: 'undid' } as const;

function wrongEdge(definition: WorkflowDefinition, from: Place, snapshot: Snapshot): string | undefined {
  const { action, failure, state, undo } = snapshot;
  const edge = edgeOf(definition, from.state, action);
  const to = failure ? edge?.onFailure?.[failure.code] : edge?.to;
  const led = undo ? COMPENSATE : state;
  if (led === to && (!undo || (state === from.state && undo.end === 'failed'))) return undefined;
  const how = failure ? ` failing with "${failure.code}"` : '';
  return `"${action}"${how} leads from "${from.state}" to "${to ?? 'nowhere'}", not to "${led}"`;
}

/** That it undoes where the state's rule does not say so can be an operator's order, which goes beyond the rule. */
function wrongCancellation(definition: WorkflowDefinition, from: Place, snapshot: Snapshot): string | undefined {
  const { state, undo, intent } = snapshot;
  if (intent === undefined) return 'cancelled by no request';
  if (undo) return state === from.state && undo.end === 'cancelled' ? undefined : 'a cancellation changes no state';
  const rule = cancelRule(definition, from.state);
  if (rule !== COMPENSATE && 'to' in rule && rule.to === state) return undefined;
  return `a cancellation does not lead from "${from.state}" to "${state}"`;
}

function wrongUndoing(from: Place, { state, undo, undoes }: Snapshot): string | undefined {
  const step = 'compensate' in from.next ? from.next.step : undefined;
  if (undoes !== step) return `undid step ${undoes}, but step ${step} was to be undone`;
  if (state !== from.state) return 'undoing changes no state';
  return from.undo && isDeepStrictEqual(undo, undone(from.undo)) ? undefined : 'what is left to undo is not the rest';
}

function describeNext(next: Next): string {
  if ('end' in next) return `the end ${next.end}`;
  return 'action' in next ? `"${next.action}"` : `undoing step ${next.step} by "${next.compensate}"`;
}

import { choicesOf, edgesFrom, statesInOrder } from './graph.ts';
import { edgeOf } from './transition.ts';
import { isEnd, type WorkflowDefinition } from './workflow-definition.ts';

/** What a message says that a step is: the action that leaves a state, and how many steps came before. */
export interface ClaimedStep {
  readonly state: string;
  readonly action: string;
  readonly step: number;
}

/**
 * Why no workflow of this definition can come to such a step, as one line that names the field; undefined when one can. A
 * message that tells of an impossible step is not the engine's own: to perform it would leave a gap in somebody's history.
 */
export function stepProblem(definition: WorkflowDefinition, { state, action, step }: ClaimedStep): string | undefined {
  const { name, version, states } = definition;
  const found = Object.hasOwn(states, state) ? states[state] : undefined;
  if (!found) return `state: ${name} version ${version} has no state "${state}"`;
  if (isEnd(found)) return `state: "${state}" is an end of ${name} version ${version}`;
  if (!edgeOf(definition, state, action)) {
    return `action: state "${state}" of ${name} version ${version} does not offer "${action}"`;
  }
  const { least, most } = spansOf(definition).get(state) ?? NEVER;
  if (step >= least && step <= most) return undefined;
  const possible = least === most ? `${least}` : `${least} to ${most}`;
  return `step: ${step}, but state "${state}" of ${name} version ${version} is left by step ${possible}`;
}

/** What a message says that is to be undone: a step of the action, while the workflow stands in the state. */
export interface ClaimedUndo extends ClaimedStep {
  /** The step that is to be undone. */
  readonly undoes: number;
}

/**
 * Why no workflow of this definition can come to undo such a step, as one line that names the field; undefined when one can. The
 * way back begins at the step by which the state is left, and takes a step for each that it undoes, that one included.
 */
export function undoProblem(definition: WorkflowDefinition, claimed: ClaimedUndo): string | undefined {
  const { state, action, step, undoes } = claimed;
  const { name, version } = definition;
  const spans = spansOf(definition);
  const { least, most } = spans.get(state) ?? NEVER;
  if (choicesOf(definition, state).length === 0) {
    return `state: ${name} version ${version} has no state "${state}" in which something can be undone`;
  }
  if (step <= least || step > 2 * most) {
    return `step: ${step}, but in state "${state}" of ${name} version ${version} the way back takes steps ${least + 1} to ${2 * most}`;
  }
  if (undoes >= step) return `undoes.step: ${undoes}, but step ${step} can only undo one before it`;
  const isPossible = [...spans].some(
    ([from, span]) => undoes >= span.least && undoes <= span.most && edgeOf(definition, from, action),
  );
  return isPossible
    ? undefined
    : `undoes.step: ${undoes} of ${name} version ${version} cannot be of action "${action}"`;
}

/** The first and the last step by which a state can be left. */
interface Span {
  readonly least: number;
  readonly most: number;
}

const NEVER: Span = { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY };

const known = new WeakMap<WorkflowDefinition, ReadonlyMap<string, Span>>();

/** Found once per definition object. */
function spansOf(definition: WorkflowDefinition): ReadonlyMap<string, Span> {
  const found = known.get(definition);
  if (found) return found;
  const spans = new Map<string, Span>([[definition.initial, { least: 1, most: 1 }]]);
  // Each state comes after all that lead to it, so its own span is complete by then.
  for (const from of statesInOrder(definition)) {
    const { least, most } = spans.get(from) ?? NEVER;
    for (const { to } of edgesFrom(definition, from)) {
      const before = spans.get(to) ?? NEVER;
      spans.set(to, { least: Math.min(before.least, least + 1), most: Math.max(before.most, most + 1) });
    }
  }
  known.set(definition, spans);
  return spans;
}

import { type Contracts, dataFlowProblems } from './data-flow.ts';
import { Refused } from './errors.ts';
import { choicesOf, graphProblems, type Problem } from './graph.ts';
import type { WorkflowDefinition } from './workflow-definition.ts';

/**
 * Checks a definition against the contracts of the actions that it names: one that passes can run to an end on every
 * input that fits its schema, or stop only because an action fails without a way out.
 *
 *   graph      one initial state, no end; every state reachable; every path ends in an end; no cycle
 *   choices    the last one and only the last has no condition; no state names an action twice
 *   actions    every action known; `onFailure` names declared codes only
 *   data flow  what a condition reads and an action requires is there on every path that leads to it
 *
 * @throws Refused `definition-invalid`, listing every problem, each naming its state and saying what to do;
 *   `actions-unknown` when that is all that is wrong
 */
export function checkDefinition(definition: WorkflowDefinition, contracts: Contracts): void {
  const structure = [...graphProblems(definition), ...failureProblems(definition, contracts)];
  const unknown = [...actionsOf(definition)].filter((action) => !contracts.has(action));
  // Paths can only be followed where the graph is sound and all contracts are known.
  const followable = structure.length === 0 && unknown.length === 0;
  const problems = followable ? dataFlowProblems(definition, contracts) : structure;
  if (problems.length > 0) {
    throw new Refused('definition-invalid', {
      workflow: definition.name,
      problem: listed(problems.map(({ text }) => text)),
    });
  }
  if (unknown.length > 0) {
    throw new Refused('actions-unknown', { workflow: definition.name, actions: unknown.join(', ') });
  }
}

/** The actions that a definition names. */
export const actionsOf = (definition: WorkflowDefinition): ReadonlySet<string> =>
  new Set(Object.keys(definition.states).flatMap((state) => choicesOf(definition, state).map(({ action }) => action)));

/** Failure codes that the definition handles and the action does not declare: dead edges, or typing mistakes. */
export function failureProblems(definition: WorkflowDefinition, contracts: Contracts): readonly Problem[] {
  return Object.keys(definition.states).flatMap((state) =>
    choicesOf(definition, state).flatMap(({ action, onFailure = {} }) => {
      const declared = contracts.get(action)?.failures;
      const undeclared = Object.keys(onFailure).filter((code) => declared && !declared.includes(code));
      return undeclared.map((code) => ({
        state,
        action,
        text: undeclaredFailure(state, action, code, declared ?? []),
      }));
    }),
  );
}

function undeclaredFailure(state: string, action: string, code: string, declared: readonly string[]): string {
  const codes = declared.length === 0 ? 'it declares none' : `it declares ${declared.join(', ')}`;
  return `State "${state}": action "${action}" has no failure "${code}" (${codes}): correct the code, or declare it.`;
}

/** One problem as a sentence, several as a list. */
export const listed = (problems: readonly string[]): string =>
  problems.length === 1 ? (problems[0] ?? '') : `\n- ${problems.join('\n- ')}`;

import { type Contracts, dataFlowProblems } from './data-flow.ts';
import { actionsOf, failureProblems } from './definition-checks.ts';
import { choicesOf, edgesFrom, type Problem } from './graph.ts';
import type { WorkflowDefinition } from './workflow-definition.ts';

/** Why a worker must not host an action. */
export interface ContractProblem {
  readonly action: string;
  readonly problem: string;
}

/**
 * Whether the actions that a worker is about to host still fit a live definition: its workflows would otherwise park one by
 * one, at the changed action or behind it.
 * @param definition a registered one, checked when it was registered
 * @param contracts the hosted ones over those that are stored
 * @param hosted the actions that the worker hosts
 */
export function contractProblems(
  definition: WorkflowDefinition,
  contracts: Contracts,
  hosted: ReadonlySet<string>,
): readonly ContractProblem[] {
  const actions = [...actionsOf(definition)];
  if (!actions.some((action) => hosted.has(action))) return [];
  const failures = failureProblems(definition, contracts);
  // An action that no worker ever hosted: what it adds to the data is not known, so the paths cannot be followed.
  const flow = actions.every((action) => contracts.has(action)) ? dataFlowProblems(definition, contracts) : [];
  return [...failures, ...flow].flatMap((problem) => {
    const action = culprit(definition, problem, hosted);
    return action === undefined ? [] : [{ action, problem: problem.text }];
  });
}

/** The hosted action that a problem comes from: its own action, or else one whose changes come before it. */
function culprit(definition: WorkflowDefinition, problem: Problem, hosted: ReadonlySet<string>): string | undefined {
  if (problem.action !== undefined && hosted.has(problem.action)) return problem.action;
  return Object.keys(definition.states)
    .flatMap((state) => choicesOf(definition, state))
    .find(({ action, to }) => hosted.has(action) && leadsTo(definition, to, problem.state))?.action;
}

function leadsTo(definition: WorkflowDefinition, from: string, target: string): boolean {
  const reached = new Set([from]);
  for (const name of reached) for (const { to } of edgesFrom(definition, name)) reached.add(to);
  return reached.has(target);
}

import { type Choice, isEnd, type WorkflowDefinition } from './workflow-definition.ts';

/** A problem of a definition, with the place that it is about. */
export interface Problem {
  readonly state: string;
  /** The action whose contract it is about, if it is about one. */
  readonly action?: string;
  /** Names the state and says what to do. */
  readonly text: string;
}

/** A way from one state to the next: by the completed action, or by one of its failures. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly choice: Choice;
  readonly failure?: string;
}

/** The choices of a state; none for an end, and for a state that does not exist. */
export function choicesOf(definition: WorkflowDefinition, name: string): readonly Choice[] {
  const state = Object.hasOwn(definition.states, name) ? definition.states[name] : undefined;
  return !state || isEnd(state) ? [] : state.choices;
}

/** Every edge that leaves a state. */
export const edgesFrom = (definition: WorkflowDefinition, from: string): readonly Edge[] =>
  choicesOf(definition, from).flatMap((choice) => [
    { from, to: choice.to, choice },
    ...Object.entries(choice.onFailure ?? {}).map(([failure, to]) => ({ from, to, choice, failure })),
  ]);

/** Everything that is wrong with a definition as a graph: its states, and how choices connect them. */
export function graphProblems(definition: WorkflowDefinition): readonly Problem[] {
  const names = Object.keys(definition.states);
  const targets = names.flatMap((name) => targetProblems(definition, name));
  const problems = [
    ...initialProblems(definition),
    ...names.flatMap((name) => choiceProblems(definition, name)),
    ...targets,
  ];
  // Where a way leads nowhere, what is behind it looks unreachable: the first cause is enough.
  return targets.length > 0 ? problems : [...problems, ...reachProblems(definition), ...cycleProblems(definition)];
}

/**
 * The reachable states, each after all states that lead to it.
 * @param definition one that `graphProblems` finds nothing wrong with
 */
export function statesInOrder(definition: WorkflowDefinition): readonly string[] {
  const entered = new Set<string>();
  const left: string[] = [];
  const visit = (name: string): void => {
    if (entered.has(name)) return;
    entered.add(name);
    for (const { to } of edgesFrom(definition, name)) visit(to);
    left.push(name);
  };
  visit(definition.initial);
  return left.reverse();
}

const about = (state: string, text: string): Problem => ({ state, text: `State "${state}" ${text}.` });

function initialProblems({ initial, states }: WorkflowDefinition): readonly Problem[] {
  const state = Object.hasOwn(states, initial) ? states[initial] : undefined;
  if (!state)
    return [about(initial, 'is the initial state, but does not exist: add it to the states, or name another')];
  return isEnd(state) ? [about(initial, 'is the initial state, but an end: a workflow must have something to do')] : [];
}

/** The last choice of a state has no condition, and only the last: so exactly one is taken. */
function choiceProblems(definition: WorkflowDefinition, name: string): readonly Problem[] {
  const state = definition.states[name];
  if (!state || isEnd(state)) return [];
  const { choices } = state;
  if (choices.length === 0)
    return [about(name, 'has no choices: give it one, or make it an end with { end: "succeeded" }')];
  return choices.flatMap(({ when, action }, index) => {
    const problems: Problem[] = [];
    const last = index === choices.length - 1;
    if (last && when !== undefined) {
      problems.push(
        about(name, 'has a condition on its last choice, so none may hold: add a last choice without "when"'),
      );
    }
    if (!last && when === undefined) {
      problems.push(
        about(
          name,
          `has a choice without "when" before others (number ${index + 1}, "${action}"): they are never taken; move it to the end`,
        ),
      );
    }
    if (choices.findIndex((other) => other.action === action) < index) {
      problems.push(
        about(
          name,
          `has two choices with the action "${action}": join their conditions by ||, and let the next state choose where they lead apart`,
        ),
      );
    }
    return problems;
  });
}

function targetProblems(definition: WorkflowDefinition, name: string): readonly Problem[] {
  return edgesFrom(definition, name)
    .filter(({ to }) => !Object.hasOwn(definition.states, to))
    .map(({ to, choice, failure }) => {
      const how =
        failure === undefined ? `action "${choice.action}"` : `failure "${failure}" of action "${choice.action}"`;
      return about(name, `leads to "${to}" by ${how}, but there is no such state: add it, or correct the name`);
    });
}

function reachProblems(definition: WorkflowDefinition): readonly Problem[] {
  const reached = new Set([definition.initial]);
  for (const name of reached) for (const { to } of edgesFrom(definition, name)) reached.add(to);
  return Object.keys(definition.states)
    .filter((name) => !reached.has(name))
    .map((name) => about(name, `is never reached from "${definition.initial}": let a choice lead to it, or remove it`));
}

/** Without a cycle, and with a choice in every state that is no end, every path ends in an end. */
function cycleProblems(definition: WorkflowDefinition): readonly Problem[] {
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): Problem | undefined => {
    if (finished.has(name)) return undefined;
    if (path.includes(name)) {
      const cycle = [...path.slice(path.indexOf(name)), name].join(' → ');
      return about(
        name,
        `can be entered twice (${cycle}), so a workflow may never end: repeat by the action's retry policy, or give the second visit a state of its own`,
      );
    }
    path.push(name);
    for (const { to } of edgesFrom(definition, name)) {
      const problem = visit(to);
      if (problem) return problem;
    }
    path.pop();
    finished.add(name);
    return undefined;
  };
  const problem = visit(definition.initial);
  return problem ? [problem] : [];
}

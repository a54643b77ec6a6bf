import { type CancelRule, type Choice, COMPENSATE, isEnd, type WorkflowDefinition } from './workflow-definition.ts';

/** A problem of a definition, with the place that it is about. */
export interface Problem {
  readonly state: string;
  /** The action whose contract it is about, if it is about one. */
  readonly action?: string;
  /** Names the state and says what to do. */
  readonly text: string;
}

/** A way from one state to the next: by the completed action, by one of its failures, or by a cancellation. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** As it reads after "by". */
  readonly by: string;
}

/** The choices of a state; none for an end, and for a state that does not exist. */
export function choicesOf(definition: WorkflowDefinition, name: string): readonly Choice[] {
  const state = Object.hasOwn(definition.states, name) ? definition.states[name] : undefined;
  return !state || isEnd(state) ? [] : state.choices;
}

/** The state that a cancellation leads to; undefined where it leads back, or is refused. */
export function cancelTarget(definition: WorkflowDefinition, name: string): string | undefined {
  const rule = cancelRuleOf(definition, name);
  return rule !== undefined && rule !== COMPENSATE && 'to' in rule ? rule.to : undefined;
}

/** What a state says of a cancellation; undefined for one that says nothing, is an end, or does not exist. */
export function cancelRuleOf(definition: WorkflowDefinition, name: string): CancelRule | undefined {
  const state = Object.hasOwn(definition.states, name) ? definition.states[name] : undefined;
  return !state || isEnd(state) ? undefined : state.cancel;
}

/** Every edge that leaves a state. The way back leaves it, too, but leads to no state. */
export function edgesFrom(definition: WorkflowDefinition, from: string): readonly Edge[] {
  const cancelled = cancelTarget(definition, from);
  return [
    ...choicesOf(definition, from).flatMap((choice) => choiceEdges(from, choice)),
    ...(cancelled === undefined ? [] : [{ from, to: cancelled, by: 'its cancellation' }]),
  ];
}

const choiceEdges = (from: string, { action, to, onFailure = {} }: Choice): readonly Edge[] => [
  { from, to, by: `action "${action}"` },
  ...failureTargets(onFailure).map(([failure, target]) => ({
    from,
    to: target,
    by: `failure "${failure}" of action "${action}"`,
  })),
];

/** The failures of a choice that lead to a state, by their codes. */
export const failureTargets = (onFailure: Choice['onFailure'] = {}): readonly (readonly [string, string])[] =>
  Object.entries(onFailure).filter(([, target]) => target !== COMPENSATE);

/** Everything that is wrong with a definition as a graph: its states, and how choices connect them. */
export function graphProblems(definition: WorkflowDefinition): readonly Problem[] {
  const names = Object.keys(definition.states);
  const targets = names.flatMap((name) => targetProblems(definition, name));
  const problems = [
    ...initialProblems(definition),
    ...wordProblems(definition),
    ...deadlineProblems(definition),
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
    .map(({ to, by }) =>
      about(name, `leads to "${to}" by ${by}, but there is no such state: add it, or correct the name`),
    );
}

/** Where a state is named, this word means the way back. */
const wordProblems = ({ states }: WorkflowDefinition): readonly Problem[] =>
  Object.hasOwn(states, COMPENSATE)
    ? [about(COMPENSATE, 'has a name that means "undo what was done" in onFailure and cancel: give it another')]
    : [];

/** A deadline that a state would refuse in silence is no deadline. */
function deadlineProblems(definition: WorkflowDefinition): readonly Problem[] {
  if (definition.deadline === undefined) return [];
  return Object.entries(definition.states)
    .filter(([, state]) => !isEnd(state) && state.cancel === undefined)
    .map(([name]) =>
      about(
        name,
        'does not say what the deadline means there: give it cancel: "compensate", { to: … } or { refuse: … }',
      ),
    );
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

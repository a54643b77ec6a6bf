import type { ActionContract } from './action.ts';
import { checkCondition } from './conditions/check.ts';
import { assume, type Facts, NO_FACTS } from './conditions/facts.ts';
import { Refused } from './errors.ts';
import { cancelTarget, choicesOf, failureTargets, type Problem, statesInOrder } from './graph.ts';
import { objectTypeOf } from './json-schema-types.ts';
import { LIMITS } from './limits.ts';
import { misfits } from './type-fit.ts';
import { either, eitherObject, fieldOf, type ObjectType, withField } from './value-type.ts';
import type { Choice, WorkflowDefinition } from './workflow-definition.ts';

export type Contracts = ReadonlyMap<string, ActionContract>;

/**
 * Follows the data along every path: what is known of it in a state is what all ways to that state have in common. A
 * workflow starts with its input; a completed action adds its change set, a notification that completes its wait the payload, a
 * failed or cancelled one nothing; a condition proves what it asks. Finds conditions and actions that need more than is known where they stand.
 * @param definition one that `graphProblems` finds nothing wrong with
 * @param contracts of all its actions
 */
export function dataFlowProblems(definition: WorkflowDefinition, contracts: Contracts): readonly Problem[] {
  const known = new Map<string, ObjectType>([[definition.initial, objectTypeOf(definition.input)]]);
  const arrive = (state: string, data: ObjectType): void => {
    const before = known.get(state);
    known.set(state, before ? eitherObject(before, data) : data);
  };
  // Each state comes after all that lead to it, so what is known there is complete.
  return statesInOrder(definition).flatMap((state) => {
    const data = known.get(state);
    return data ? stateProblems(definition, contracts, { state, data, arrive }) : [];
  });
}

interface Stop {
  readonly state: string;
  readonly data: ObjectType;
  /** Says what is known of the data on one way into a state. */
  readonly arrive: (state: string, data: ObjectType) => void;
}

function stateProblems(
  definition: WorkflowDefinition,
  contracts: Contracts,
  { state, data, arrive }: Stop,
): readonly Problem[] {
  const problems: Problem[] = [];
  let here = data;
  let cost = 0;
  for (const choice of choicesOf(definition, state)) {
    const condition = examine(choice, here);
    if (condition.problem) problems.push({ state, text: `State "${state}": ${condition.problem}` });
    const taken = assume(here, condition.whenTrue);
    // The next choice is tried only when this condition did not hold.
    here = assume(here, condition.whenFalse);
    cost += condition.cost;
    const contract = contracts.get(choice.action);
    if (!contract) continue;
    problems.push(...inputProblems(state, contract, taken));
    // A wait that a poll or the time completes brings changes, like the action itself.
    for (const changes of [contract.changes, ...Object.values(contract.notifications)]) {
      arrive(choice.to, afterChanges(taken, objectTypeOf(changes)));
    }
    for (const [, target] of failureTargets(choice.onFailure)) arrive(target, taken);
  }
  // Cancelled in this state: whichever choice was taken, its action has changed nothing.
  const cancelled = cancelTarget(definition, state);
  if (cancelled !== undefined) arrive(cancelled, data);
  return cost > LIMITS.conditionCost ? [...problems, costProblem(state)] : problems;
}

interface Examined {
  readonly whenTrue: Facts;
  readonly whenFalse: Facts;
  readonly cost: number;
  readonly problem?: string;
}

function examine({ when }: Choice, data: ObjectType): Examined {
  if (when === undefined) return { whenTrue: NO_FACTS, whenFalse: NO_FACTS, cost: 0 };
  try {
    return checkCondition(when, data);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { whenTrue: NO_FACTS, whenFalse: NO_FACTS, cost: 0, problem: error.message };
  }
}

function inputProblems(state: string, { name, input }: ActionContract, data: ObjectType): readonly Problem[] {
  // The action picks its fields, so further ones never disturb it.
  const wanted: ObjectType = { ...objectTypeOf(input), rest: { kind: 'unknown' } };
  return misfits(data, wanted).map((misfit) => ({
    state,
    action: name,
    text: `State "${state}": action "${name}" needs ${misfit}.`,
  }));
}

/** The data after a change set: what it sets for certain replaces, what it may set may have replaced. */
function afterChanges(data: ObjectType, changes: ObjectType): ObjectType {
  let after = data;
  for (const [name, { required, type }] of changes.fields) {
    const before = fieldOf(data, name);
    const kept =
      required || !before ? { required, type } : { required: before.required, type: either(before.type, type) };
    after = withField(after, name, kept);
  }
  return after;
}

const costProblem = (state: string): Problem => ({
  state,
  text: `State "${state}": its conditions together may take too long on large data. Declare .max(…) for the lists and strings that they read.`,
});

import { checkCondition } from './conditions/check.ts';
import { evaluator } from './conditions/evaluate.ts';
import { parseCondition } from './conditions/syntax.ts';
import { Parks } from './errors.ts';
import type { JsonObject } from './json.ts';
import { type Choice, isEnd, type WorkflowDefinition } from './workflow-definition.ts';

/**
 * Conditions are CEL expressions over a workflow's data, in a subset that cannot throw or block: what a condition reads is
 * known to be there, its type is known, and its cost is bounded before it runs. The library parses; `check.ts` says what
 * is allowed, `evaluate.ts` what it means. Two things differ from CEL at large: all numbers are doubles, since JSON's are
 * (`amount > 100000` and `amount * 2 > 1.5` both work), and `has(coupon)` may name a field of the data itself.
 *
 *   operators  && || ! ?: == != < <= > >= in + - * /
 *   functions  has(a.b)  size(x)  text.contains("…")  text.startsWith(x)  text.endsWith(x)
 *   macros     list.exists(item, …)  list.exists_one(item, …)  list.all(item, …), not inside one another
 */
export { checkCondition };

/** @throws Refused `condition-invalid`: no CEL; TypeError: parts that `checkCondition` refuses */
export const compileCondition = (text: string): ((data: JsonObject) => boolean) => evaluator(parseCondition(text));

/** Whether a choice is taken. */
type Test = (data: JsonObject) => boolean;

interface CompiledChoice {
  readonly choice: Choice;
  readonly holds: Test;
}

const always: Test = () => true;
/** Compiled once per definition and state. Hangs on the definition object, so hand out the same one each time. */
const compiled = new WeakMap<WorkflowDefinition, Map<string, readonly CompiledChoice[]>>();

/**
 * The choice that a workflow takes in a state: the first whose condition holds.
 * @throws Parks `condition-failed`: the data is not what the definition was checked against
 */
export function chooseEdge(definition: WorkflowDefinition, state: string, data: JsonObject): Choice {
  let problem = 'no condition holds';
  try {
    const taken = choicesOf(definition, state).find(({ holds }) => holds(data));
    if (taken) return taken.choice;
  } catch (error) {
    // Only a definition or data that were never checked come here, and nothing but the operator can judge them.
    problem = error instanceof Error ? error.message : String(error);
  }
  throw new Parks('condition-failed', { state, problem });
}

function choicesOf(definition: WorkflowDefinition, state: string): readonly CompiledChoice[] {
  const states = compiled.get(definition) ?? new Map<string, readonly CompiledChoice[]>();
  compiled.set(definition, states);
  const known = states.get(state);
  if (known) return known;
  const from = Object.hasOwn(definition.states, state) ? definition.states[state] : undefined;
  if (!from || isEnd(from)) throw new TypeError('it has no choices');
  const choices = from.choices.map((choice) => ({
    choice,
    holds: choice.when === undefined ? always : compileCondition(choice.when),
  }));
  states.set(state, choices);
  return choices;
}

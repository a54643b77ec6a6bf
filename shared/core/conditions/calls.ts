import { fieldOf, type ObjectType, withField } from '../value-type.ts';
import { fact, NO_FACTS } from './facts.ts';
import {
  BOOL,
  expect,
  type Judge,
  type Judgement,
  judged,
  lengthOf,
  NUMBER,
  type Scope,
  shareOf,
  stringCost,
  unknownField,
} from './judgement.ts';
import { invalid, type Node, pathOf, sourceOf } from './syntax.ts';

const ALLOWED = 'has(…), size(…), contains, startsWith, endsWith, exists, exists_one, all';

/** `has(a.b)` and `size(x)`. */
export function judgeCall([name, args]: readonly [string, readonly Node[]], scope: Scope, judge: Judge): Judgement {
  const [only, ...others] = args;
  if (only && others.length === 0) {
    if (name === 'has') return judgeHas(only, scope, judge);
    if (name === 'size') return judgeSize(only, scope, judge);
  }
  throw unknownFunction(name, scope);
}

/** `text.startsWith("x")`, `list.exists(item, …)` and the like. */
export function judgeMethod(
  [name, receiver, args]: readonly [string, Node, readonly Node[]],
  scope: Scope,
  judge: Judge,
): Judgement {
  const [first, second, ...others] = args;
  if (name === 'size' && !first) return judgeSize(receiver, scope, judge);
  if (isTextMethod(name) && first && !second) return judgeTextMethod(name, receiver, first, scope, judge);
  if (isMacro(name) && first && second && others.length === 0) return judgeMacro(receiver, first, second, scope, judge);
  throw unknownFunction(name, scope);
}

const isTextMethod = (name: string): boolean => ['contains', 'startsWith', 'endsWith'].includes(name);
const isMacro = (name: string): boolean => ['exists', 'exists_one', 'all'].includes(name);

function unknownFunction(name: string, scope: Scope): Error {
  const reason =
    name === 'matches' ? 'a pattern can take for ever on the wrong text' : 'conditions have no such function';
  return invalid(scope.text, `${name}: ${reason}; allowed are ${ALLOWED}`);
}

function judgeHas(argument: Node, scope: Scope, judge: Judge): Judgement {
  const path = pathOf(argument);
  const name = path?.at(-1);
  if (!path || !name) throw invalid(scope.text, `has(${sourceOf(argument)}): name a field, as in has(customer.email)`);
  const [object, cost] = argument.op === '.' ? holderOf(argument.args[0], scope, judge) : [scope.data, 0];
  if (!fieldOf(object, name)) throw unknownField(argument, object, scope);
  return { type: BOOL, cost: cost + 1, whenTrue: fact('has', path), whenFalse: NO_FACTS };
}

function holderOf(node: Node, scope: Scope, judge: Judge): readonly [ObjectType, number] {
  const holder = judge(node, scope);
  expect(node, holder, ['object'], scope);
  // Expected just above.
  return [holder.type as ObjectType, holder.cost];
}

function judgeSize(argument: Node, scope: Scope, judge: Judge): Judgement {
  const part = judge(argument, scope);
  expect(argument, part, ['string', 'list'], scope);
  return judged(NUMBER, part.cost + 1 + lengthOf(part.type));
}

function judgeTextMethod(name: string, receiver: Node, argument: Node, scope: Scope, judge: Judge): Judgement {
  const [text, part] = [judge(receiver, scope), judge(argument, scope)];
  expect(receiver, text, ['string'], scope);
  expect(argument, part, ['string'], scope);
  const cost = text.cost + part.cost;
  const [long, short] = [lengthOf(text.type), lengthOf(part.type)];
  if (name !== 'contains') return judged(BOOL, cost + stringCost(Math.min(long, short)));
  // Searching takes as long as both lengths multiplied, so one of them must be known.
  if (argument.op !== 'value') throw invalid(scope.text, 'contains: write the text to look for into the condition');
  return judged(BOOL, cost + stringCost(long * Math.max(1, short)));
}

function judgeMacro(receiver: Node, variable: Node, predicate: Node, scope: Scope, judge: Judge): Judgement {
  if (scope.inMacro) throw invalid(scope.text, 'exists and all may not stand inside one another');
  const range = judge(receiver, scope);
  expect(receiver, range, ['list'], scope);
  if (variable.op !== 'id') throw invalid(scope.text, `"${sourceOf(variable)}" is no name for an item`);
  const name = variable.args;
  if (scope.data.fields.has(name)) {
    throw invalid(scope.text, `"${name}" is a field of the data: name the item otherwise`);
  }
  if (range.type.kind !== 'list') return judged(BOOL, 0);
  const { item, maxItems } = range.type;
  const data = withField(scope.data, name, { required: true, type: shareOf(item, maxItems) });
  const each = judge(predicate, { ...scope, data, inMacro: true });
  expect(predicate, each, ['bool'], scope);
  return judged(BOOL, range.cost + maxItems * (1 + each.cost));
}

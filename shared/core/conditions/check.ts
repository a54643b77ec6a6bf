import { LIMITS } from '../limits.ts';
import { unreachable } from '../unreachable.ts';
import { alternatives, either, fieldOf, type ObjectType, type ValueType } from '../value-type.ts';
import { judgeCall, judgeMethod } from './calls.ts';
import { all, assume, common, type Facts, fact } from './facts.ts';
import {
  BOOL,
  expect,
  expectComparable,
  type Judgement,
  judged,
  lengthOf,
  NUMBER,
  type Scope,
  stringCost,
  unknownField,
} from './judgement.ts';
import { invalid, type Node, parseCondition, pathOf, sourceOf } from './syntax.ts';

/** What a condition proves about the data, and what it costs at most. */
export interface CheckedCondition {
  readonly cost: number;
  readonly whenTrue: Facts;
  readonly whenFalse: Facts;
}

/**
 * Checks a condition against what is known of the data. One that passes can be evaluated on any such data without
 * throwing, in bounded time, and is true or false.
 * @throws Refused `condition-invalid`, naming the field or the part, and saying what to write
 */
export function checkCondition(text: string, data: ObjectType): CheckedCondition {
  const scope: Scope = { text, data, inMacro: false };
  const condition = parseCondition(text);
  const { cost, whenTrue, whenFalse, type } = judge(condition, scope);
  expect(condition, { type }, ['bool'], scope);
  if (cost > LIMITS.conditionCost) {
    throw invalid(text, 'it may take too long on large data: declare .max(…) for the lists and strings that it reads');
  }
  return { cost, whenTrue, whenFalse };
}

function judge(node: Node, scope: Scope): Judgement {
  switch (node.op) {
    case 'value':
      return judged(literalType(node.args, scope), 1);
    case 'id':
      return judged(fieldType(node, scope.data, node.args, scope), 1);
    case '.':
      return judgeField(node.args[0], node.args[1], node, scope);
    case '&&':
    case '||':
      return judgeLogic(node.op, node.args, scope);
    case '!_':
      return judgeNot(node.args, scope);
    case '?:':
      return judgeChoice(node.args, scope);
    case '==':
    case '!=':
      return judgeEquality(node.op, node.args, scope);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return judgeOrder(node.args, scope);
    case 'in':
      return judgeMembership(node.args, scope);
    case '+':
    case '-':
    case '*':
    case '/':
      return judgeArithmetic(node.args, scope);
    case '-_':
      return judgeArithmetic([node.args], scope);
    case 'call':
      return judgeCall(node.args, scope, judge);
    case 'rcall':
      return judgeMethod(node.args, scope, judge);
    case '%':
      throw invalid(scope.text, '% is not defined for doubles, and all numbers are doubles here');
    case '[]':
      throw invalid(scope.text, 'an index may be out of bounds: use exists(…) or all(…), or a field');
    case 'list':
      throw invalid(scope.text, 'a list may only stand to the right of "in"');
    case 'map':
    case '.?':
    case '[?]':
      throw invalid(scope.text, `"${sourceOf(node)}" is not part of the language of conditions`);
    default:
      return unreachable(node);
  }
}

function literalType(value: unknown, scope: Scope): ValueType {
  if (value === null) return { kind: 'null' };
  switch (typeof value) {
    case 'string':
      return { kind: 'string', maxLength: value.length };
    case 'boolean':
      return BOOL;
    case 'number':
      return NUMBER;
    case 'bigint':
      if (Number.isSafeInteger(Number(value))) return NUMBER;
      throw invalid(scope.text, `${value} has more digits than a double holds`);
    default:
      throw invalid(scope.text, 'bytes and unsigned numbers do not exist in JSON');
  }
}

function judgeField(object: Node, name: string, node: Node, scope: Scope): Judgement {
  const of = judge(object, scope);
  expect(object, of, ['object'], scope);
  // Expected just above.
  return judged(fieldType(node, of.type as ObjectType, name, scope), of.cost + 1);
}

/** The type of a field that must be there for certain. */
function fieldType(node: Node, object: ObjectType, name: string, scope: Scope): ValueType {
  const field = fieldOf(object, name);
  const source = sourceOf(node);
  if (!field) throw unknownField(node, object, scope);
  if (!field.required) throw invalid(scope.text, `"${source}" may be absent here: write has(${source}) && … before it`);
  return field.type;
}

function judgeLogic(op: '&&' | '||', [left, right]: readonly [Node, Node], scope: Scope): Judgement {
  const first = judge(left, scope);
  expect(left, first, ['bool'], scope);
  const go = op === '&&' ? first.whenTrue : first.whenFalse;
  const second = judge(right, { ...scope, data: assume(scope.data, go) });
  expect(right, second, ['bool'], scope);
  const cost = first.cost + second.cost;
  // Either the left one stops it, or it goes on and the right one decides.
  return op === '&&'
    ? {
        type: BOOL,
        cost,
        whenTrue: all(go, second.whenTrue),
        whenFalse: common(first.whenFalse, all(go, second.whenFalse)),
      }
    : {
        type: BOOL,
        cost,
        whenTrue: common(first.whenTrue, all(go, second.whenTrue)),
        whenFalse: all(go, second.whenFalse),
      };
}

function judgeNot(operand: Node, scope: Scope): Judgement {
  const { cost, whenTrue, whenFalse, type } = judge(operand, scope);
  expect(operand, { type }, ['bool'], scope);
  return { type: BOOL, cost: cost + 1, whenTrue: whenFalse, whenFalse: whenTrue };
}

function judgeChoice([condition, yes, no]: readonly [Node, Node, Node], scope: Scope): Judgement {
  const test = judge(condition, scope);
  expect(condition, test, ['bool'], scope);
  const left = judge(yes, { ...scope, data: assume(scope.data, test.whenTrue) });
  const right = judge(no, { ...scope, data: assume(scope.data, test.whenFalse) });
  return {
    type: either(left.type, right.type),
    cost: test.cost + left.cost + right.cost,
    whenTrue: common(all(test.whenTrue, left.whenTrue), all(test.whenFalse, right.whenTrue)),
    whenFalse: common(all(test.whenTrue, left.whenFalse), all(test.whenFalse, right.whenFalse)),
  };
}

function judgeEquality(op: '==' | '!=', [left, right]: readonly [Node, Node], scope: Scope): Judgement {
  const [one, other] = [judge(left, scope), judge(right, scope)];
  expectComparable({ node: left, type: one.type }, { node: right, type: other.type }, scope);
  const cost = one.cost + other.cost + stringCost(Math.min(lengthOf(one.type), lengthOf(other.type)));
  const result = judged(BOOL, cost);
  const notNull = all(notNullBy(left, other.type), notNullBy(right, one.type));
  const isNull = all(nullBy(left, other.type), nullBy(right, one.type));
  return op === '=='
    ? { ...result, whenTrue: notNull, whenFalse: isNull }
    : { ...result, whenTrue: isNull, whenFalse: notNull };
}

/** Equal to what is never null, a value is not null. */
const notNullBy = (node: Node, other: ValueType): Facts =>
  proven(
    node,
    alternatives(other).every(({ kind }) => kind !== 'null'),
  );
/** Not equal to null, a value is not null. */
const nullBy = (node: Node, other: ValueType): Facts => proven(node, other.kind === 'null');
const proven = (node: Node, holds: boolean): Facts => {
  const path = holds ? pathOf(node) : undefined;
  return path ? fact('not-null', path) : new Set();
};

function judgeOrder([left, right]: readonly [Node, Node], scope: Scope): Judgement {
  const [one, other] = [judge(left, scope), judge(right, scope)];
  expect(left, one, ['number', 'string'], scope);
  expect(right, other, [one.type.kind], scope);
  return judged(BOOL, one.cost + other.cost + stringCost(Math.min(lengthOf(one.type), lengthOf(other.type))));
}

function judgeMembership([value, list]: readonly [Node, Node], scope: Scope): Judgement {
  const sought = judge(value, scope);
  const range = list.op === 'list' ? judgeList(list.args, scope) : judge(list, scope);
  expect(list, range, ['list'], scope);
  if (range.type.kind !== 'list') return judged(BOOL, 0);
  const { item, maxItems } = range.type;
  expectComparable({ node: value, type: sought.type }, { node: list, type: item }, scope);
  // All items together are no longer than the data.
  const characters = Math.min(LIMITS.dataBytes, maxItems * Math.min(lengthOf(sought.type), lengthOf(item)));
  return judged(BOOL, sought.cost + range.cost + maxItems + stringCost(characters));
}

function judgeList(items: readonly Node[], scope: Scope): Judgement {
  const parts = items.map((item) => judge(item, scope));
  if (parts.length === 0) throw invalid(scope.text, 'nothing is in an empty list');
  const item = parts.map(({ type }) => type).reduce(either);
  return judged(
    { kind: 'list', item, maxItems: parts.length },
    parts.reduce((sum, { cost }) => sum + cost, 0),
  );
}

function judgeArithmetic(operands: readonly Node[], scope: Scope): Judgement {
  let cost = 1;
  for (const operand of operands) {
    const part = judge(operand, scope);
    expect(operand, part, ['number'], scope);
    cost += part.cost;
  }
  return judged(NUMBER, cost);
}

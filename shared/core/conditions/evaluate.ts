import type { Json, JsonObject } from '../json.ts';
import { unreachable } from '../unreachable.ts';
import { type Node, pathOf } from './syntax.ts';
import { bool, field, list, literal, number, record, scalar, text } from './values.ts';

/** What a condition is evaluated on: the data, and inside a macro the item under its name. */
interface Scope {
  readonly data: JsonObject;
  readonly itemName?: string;
  readonly item?: Json;
}

type Evaluate = (scope: Scope) => Json;

/**
 * Turns a condition into a function of the data. Only own properties are read, nothing is written, and nothing is called that
 * the data could bring along. On data that fits what the condition was checked against it never throws; on other data
 * it throws a TypeError rather than deciding something.
 */
export function evaluator(condition: Node): (data: JsonObject) => boolean {
  const evaluate = compile(condition);
  return (data) => bool(evaluate({ data }));
}

function compile(node: Node): Evaluate {
  switch (node.op) {
    case 'value': {
      const value = literal(node.args);
      return () => value;
    }
    case 'id': {
      const name = node.args;
      return (scope) => (scope.itemName === name && scope.item !== undefined ? scope.item : field(scope.data, name));
    }
    case '.': {
      const [object, name] = [compile(node.args[0]), node.args[1]];
      return (scope) => field(object(scope), name);
    }
    case '&&': {
      const [left, right] = compileBoth(node.args);
      return (scope) => bool(left(scope)) && bool(right(scope));
    }
    case '||': {
      const [left, right] = compileBoth(node.args);
      return (scope) => bool(left(scope)) || bool(right(scope));
    }
    case '!_': {
      const operand = compile(node.args);
      return (scope) => !bool(operand(scope));
    }
    case '-_': {
      const operand = compile(node.args);
      return (scope) => -number(operand(scope));
    }
    case '?:': {
      const [test, yes, no] = [compile(node.args[0]), compile(node.args[1]), compile(node.args[2])];
      return (scope) => (bool(test(scope)) ? yes(scope) : no(scope));
    }
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '+':
    case '-':
    case '*':
    case '/': {
      const [left, right] = compileBoth(node.args);
      const apply = OPERATORS[node.op];
      return (scope) => apply(left(scope), right(scope));
    }
    case 'in':
      return compileMembership(node.args[0], node.args[1]);
    case 'call':
      return compileCall(...node.args);
    case 'rcall':
      return compileMethod(...node.args);
    case '%':
    case '[]':
    case 'list':
    case 'map':
    case '.?':
    case '[?]':
      throw new TypeError(`"${node.op}" is not part of the language of conditions`);
    default:
      return unreachable(node);
  }
}

const compileBoth = ([left, right]: readonly [Node, Node]): readonly [Evaluate, Evaluate] => [
  compile(left),
  compile(right),
];

const OPERATORS = {
  '==': (left: Json, right: Json) => equal(left, right),
  '!=': (left: Json, right: Json) => !equal(left, right),
  '<': (left: Json, right: Json) => order(left, right) < 0,
  '<=': (left: Json, right: Json) => order(left, right) <= 0,
  '>': (left: Json, right: Json) => order(left, right) > 0,
  '>=': (left: Json, right: Json) => order(left, right) >= 0,
  '+': (left: Json, right: Json) => number(left) + number(right),
  '-': (left: Json, right: Json) => number(left) - number(right),
  '*': (left: Json, right: Json) => number(left) * number(right),
  '/': (left: Json, right: Json) => number(left) / number(right),
} as const;

const equal = (left: Json, right: Json): boolean =>
  left === null || right === null ? left === right : scalar(left) === scalar(right);

/** Negative, 0 or positive; NaN where a side is no number, so that every comparison with it is false. */
function order(left: Json, right: Json): number {
  if (typeof left === 'string') {
    const other = text(right);
    return left < other ? -1 : Number(left > other);
  }
  const [one, other] = [number(left), number(right)];
  // Not the difference: that of two infinities is no number.
  if (one === other) return 0;
  return one < other ? -1 : one > other ? 1 : Number.NaN;
}

function compileMembership(value: Node, among: Node): Evaluate {
  const sought = compile(value);
  if (among.op === 'list') {
    const items = among.args.map(compile);
    return (scope) => {
      const wanted = scalar(sought(scope));
      return items.some((item) => scalar(item(scope)) === wanted);
    };
  }
  const range = compile(among);
  return (scope) => list(range(scope)).includes(scalar(sought(scope)));
}

function compileCall(name: string, [argument]: readonly Node[]): Evaluate {
  if (argument && name === 'has') return compileHas(argument);
  if (argument && name === 'size') return compileSize(argument);
  throw new TypeError(`conditions have no function "${name}"`);
}

function compileMethod(name: string, receiver: Node, [first, second]: readonly Node[]): Evaluate {
  if (name === 'size') return compileSize(receiver);
  if (first && second) return compileMacro(name, receiver, first, second);
  if (!first) throw new TypeError(`conditions have no function "${name}"`);
  const [whole, part] = compileBoth([receiver, first]);
  switch (name) {
    case 'contains':
      return (scope) => text(whole(scope)).includes(text(part(scope)));
    case 'startsWith':
      return (scope) => text(whole(scope)).startsWith(text(part(scope)));
    case 'endsWith':
      return (scope) => text(whole(scope)).endsWith(text(part(scope)));
    default:
      throw new TypeError(`conditions have no function "${name}"`);
  }
}

function compileHas(argument: Node): Evaluate {
  if (argument.op === '.') {
    const [object, name] = [compile(argument.args[0]), argument.args[1]];
    return (scope) => Object.hasOwn(record(object(scope)), name);
  }
  const [name = ''] = pathOf(argument) ?? [];
  return (scope) => scope.itemName === name || Object.hasOwn(scope.data, name);
}

function compileSize(argument: Node): Evaluate {
  const operand = compile(argument);
  return (scope) => {
    const value = operand(scope);
    // CEL counts code points, as people count letters.
    return typeof value === 'string' ? Array.from(value).length : list(value).length;
  };
}

function compileMacro(name: string, receiver: Node, variable: Node, predicate: Node): Evaluate {
  const [range, each] = compileBoth([receiver, predicate]);
  const [itemName = ''] = pathOf(variable) ?? [];
  const holds = (scope: Scope) => (item: Json) => bool(each({ data: scope.data, itemName, item }));
  switch (name) {
    case 'exists':
      return (scope) => list(range(scope)).some(holds(scope));
    case 'all':
      return (scope) => list(range(scope)).every(holds(scope));
    case 'exists_one':
      return (scope) => list(range(scope)).filter(holds(scope)).length === 1;
    default:
      throw new TypeError(`conditions have no function "${name}"`);
  }
}

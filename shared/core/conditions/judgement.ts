import { LIMITS } from '../limits.ts';
import { unreachable } from '../unreachable.ts';
import { alternatives, type ObjectType, typeName, type ValueType, withoutNull } from '../value-type.ts';
import { type Facts, NO_FACTS } from './facts.ts';
import { invalid, type Node, sourceOf } from './syntax.ts';

/** What is found out about a part of a condition before it ever runs. */
export interface Judgement {
  readonly type: ValueType;
  /** Operations on the largest data; one compares two numbers. */
  readonly cost: number;
  readonly whenTrue: Facts;
  readonly whenFalse: Facts;
}

/** Where a part of a condition stands. */
export interface Scope {
  /** The whole condition, for messages. */
  readonly text: string;
  /** What is known of the data there, the variable of a macro included. */
  readonly data: ObjectType;
  readonly inMacro: boolean;
}

export type Judge = (node: Node, scope: Scope) => Judgement;

export type Kind = ValueType['kind'];

export const BOOL: ValueType = { kind: 'bool' };
export const NUMBER: ValueType = { kind: 'number' };
const SCALARS: ReadonlySet<Kind> = new Set(['null', 'bool', 'number', 'string']);

/** A judgement that proves nothing. */
export const judged = (type: ValueType, cost: number): Judgement => ({
  type,
  cost,
  whenTrue: NO_FACTS,
  whenFalse: NO_FACTS,
});

/** A message names no more fields than a line holds. */
const MOST_NAMES = 20;

/** Comparing strings costs little per character. */
const CHARACTERS_PER_OPERATION = 32;
export const stringCost = (characters: number): number => 1 + Math.ceil(characters / CHARACTERS_PER_OPERATION);

/** How long a string may be; 0 for what is none. */
export const lengthOf = (type: ValueType): number =>
  alternatives(type).reduce((longest, one) => (one.kind === 'string' ? Math.max(longest, one.maxLength) : longest), 0);

/** Refuses a part that is not of one of the kinds, or may be null. */
export function expect(node: Node, { type }: Pick<Judgement, 'type'>, kinds: readonly Kind[], scope: Scope): void {
  if (kinds.includes(type.kind)) return;
  const source = sourceOf(node);
  if (type.kind === 'unknown') throw unstated(node, scope);
  if (kinds.includes(withoutNull(type).kind)) {
    throw invalid(scope.text, `"${source}" may be null: write ${source} != null && … before it`);
  }
  throw invalid(scope.text, `"${source}" is ${typeName(type)}, not ${kinds.join(' or ')}`);
}

/** Refuses two parts that can never be equal, or are no scalars and therefore costly to compare. */
export function expectComparable(left: Operand, right: Operand, scope: Scope): void {
  const [one, other] = [left.type, right.type];
  // Whether something is null is always cheap to ask, whatever else it may be.
  const withNull = one.kind === 'null' || other.kind === 'null';
  if (!withNull) for (const operand of [left, right]) expectScalar(operand, scope);
  if (withNull && (one.kind === 'unknown' || other.kind === 'unknown')) return;
  const kinds = new Set(alternatives(one).map(({ kind }) => kind));
  if (!alternatives(other).some(({ kind }) => kinds.has(kind))) {
    const [first, second] = [left, right].map(({ node, type }) => `"${sourceOf(node)}" (${typeName(type)})`);
    throw invalid(scope.text, `${first} and ${second} are never equal`);
  }
}

/** A part with its type. */
export interface Operand {
  readonly node: Node;
  readonly type: ValueType;
}

function expectScalar({ node, type }: Operand, scope: Scope): void {
  if (type.kind === 'unknown') throw unstated(node, scope);
  if (!alternatives(type).every(({ kind }) => SCALARS.has(kind))) {
    throw invalid(scope.text, `"${sourceOf(node)}" is ${typeName(type)}: compare its fields or items`);
  }
}

const unstated = (node: Node, scope: Scope): Error =>
  invalid(scope.text, `the type of "${sourceOf(node)}" is not stated: declare it in the schema`);

/** The refusal of a field that nothing declares. */
export function unknownField(node: Node, object: ObjectType, scope: Scope): Error {
  const names = [...object.fields.keys()];
  const known = names.length === 0 ? 'none is known' : `known are ${names.slice(0, MOST_NAMES).join(', ')}`;
  return invalid(scope.text, `there is no field "${sourceOf(node)}" here; ${known}`);
}

/** An upper bound of the work that all items of a list take together: the data as a whole is bounded, so long items are few. */
export function shareOf(type: ValueType, items: number): ValueType {
  const share = (size: number): number => Math.min(size, Math.ceil(LIMITS.dataBytes / Math.max(1, items)));
  switch (type.kind) {
    case 'string':
      return { kind: 'string', maxLength: share(type.maxLength) };
    case 'list':
      return { kind: 'list', item: shareOf(type.item, items), maxItems: share(type.maxItems) };
    case 'object': {
      const fields = [...type.fields].map(
        ([name, field]) => [name, { ...field, type: shareOf(field.type, items) }] as const,
      );
      return { ...type, fields: new Map(fields), ...(type.rest && { rest: shareOf(type.rest, items) }) };
    }
    case 'union':
      return { kind: 'union', of: type.of.map((one) => shareOf(one, items)) };
    case 'unknown':
    case 'null':
    case 'bool':
    case 'number':
      return type;
    default:
      return unreachable(type);
  }
}

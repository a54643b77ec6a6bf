/**
 * What is known of a value without seeing it: the common ground of JSON Schemas, conditions and the data flow. Sizes are
 * upper bounds, so that the cost of a condition can be bounded before it runs.
 */
export type ValueType =
  /** Nothing is stated: it may be anything. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'null' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'number' }
  | { readonly kind: 'string'; readonly maxLength: number }
  | { readonly kind: 'list'; readonly item: ValueType; readonly maxItems: number }
  | ObjectType
  /** One of several, each of another kind, none of them unknown. */
  | { readonly kind: 'union'; readonly of: readonly ValueType[] };

export interface ObjectType {
  readonly kind: 'object';
  readonly fields: ReadonlyMap<string, Field>;
  /** What fields that are not named may be; absent: there are no others. */
  readonly rest?: ValueType;
}

export interface Field {
  /** Present for certain. */
  readonly required: boolean;
  readonly type: ValueType;
}

export const UNKNOWN: ValueType = { kind: 'unknown' };

/** The types that a value may be of; one but for unions. */
export const alternatives = (type: ValueType): readonly ValueType[] => (type.kind === 'union' ? type.of : [type]);

/** For messages: `string or null`. */
export const typeName = (type: ValueType): string =>
  type.kind === 'unknown'
    ? 'of unknown type'
    : alternatives(type)
        .map((one) => one.kind)
        .join(' or ');

/** What a value is that is of the one type or of the other. */
export function either(left: ValueType, right: ValueType): ValueType {
  if (left === right) return left;
  if (left.kind === 'unknown' || right.kind === 'unknown') return UNKNOWN;
  const merged = [...alternatives(left)];
  for (const type of alternatives(right)) {
    const index = merged.findIndex((one) => one.kind === type.kind);
    const known = merged[index];
    if (known) merged[index] = eitherOfOneKind(known, type);
    else merged.push(type);
  }
  const [only, ...others] = merged;
  return only && others.length === 0 ? only : { kind: 'union', of: merged };
}

function eitherOfOneKind(left: ValueType, right: ValueType): ValueType {
  if (left.kind === 'string' && right.kind === 'string') {
    return { kind: 'string', maxLength: Math.max(left.maxLength, right.maxLength) };
  }
  if (left.kind === 'list' && right.kind === 'list') {
    return { kind: 'list', item: either(left.item, right.item), maxItems: Math.max(left.maxItems, right.maxItems) };
  }
  return left.kind === 'object' && right.kind === 'object' ? eitherObject(left, right) : left;
}

/** Certain is what both have for certain. A field that only one names may be there, or what the other's rest says. */
export function eitherObject(left: ObjectType, right: ObjectType): ObjectType {
  if (left === right) return left;
  const fields = new Map<string, Field>();
  for (const name of new Set([...left.fields.keys(), ...right.fields.keys()])) {
    const [one, other] = [fieldOf(left, name), fieldOf(right, name)];
    const types = [one, other].flatMap((field) => (field ? [field.type] : []));
    fields.set(name, {
      required: Boolean(one?.required && other?.required),
      type: types.reduce(either),
    });
  }
  const rests = [left.rest, right.rest].flatMap((rest) => (rest ? [rest] : []));
  return { kind: 'object', fields, ...(rests.length > 0 && { rest: rests.reduce(either) }) };
}

/** A field by name; undefined when the object cannot have it. */
export const fieldOf = (object: ObjectType, name: string): Field | undefined =>
  object.fields.get(name) ?? (object.rest && { required: false, type: object.rest });

/** The object with one field replaced or added. */
export const withField = (object: ObjectType, name: string, field: Field): ObjectType => ({
  ...object,
  fields: new Map(object.fields).set(name, field),
});

/** The type without null; `null` alone stays. */
export function withoutNull(type: ValueType): ValueType {
  const rest = alternatives(type).filter((one) => one.kind !== 'null');
  const [only, ...others] = rest;
  if (!only) return type;
  return others.length === 0 ? only : { kind: 'union', of: rest };
}

import type { JsonSchema } from './json.ts';
import { LIMITS } from './limits.ts';
import { either, type Field, type ObjectType, UNKNOWN, type ValueType } from './value-type.ts';

/** No string in the data is longer, since the data is not. */
const LONGEST = LIMITS.dataBytes;
/** No list has more items: the shortest item is one character, and a comma follows. */
const MOST_ITEMS = LIMITS.dataBytes / 2;

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

/**
 * What a JSON Schema 2020-12 says of the type of a value. Keywords that state no type are passed over: less is known then,
 * never something wrong.
 */
export function valueTypeOf(schema: unknown): ValueType {
  if (!isObject(schema)) return UNKNOWN;
  const { anyOf, oneOf, allOf } = schema;
  const stated = [ownType(schema), ...[anyOf, oneOf].map(anyOfType), allOfType(allOf)];
  // Each part holds, so the first that says something is true; objects say more together.
  return stated.reduce(both);
}

/** What is known of a workflow's data, or of an action's input, from its schema. */
export function objectTypeOf(schema: JsonSchema): ObjectType {
  const type = valueTypeOf(schema);
  return type.kind === 'object' ? type : { kind: 'object', fields: new Map(), rest: UNKNOWN };
}

function ownType(schema: JsonSchema): ValueType {
  const { type, enum: values } = schema;
  if ('const' in schema) return typeOfValue(schema['const']);
  if (Array.isArray(values) && values.length > 0) return values.map(typeOfValue).reduce(either);
  if (typeof type === 'string') return typeNamed(type, schema);
  if (Array.isArray(type) && type.length > 0) return type.map((name) => typeNamed(name, schema)).reduce(either);
  return UNKNOWN;
}

function typeNamed(name: unknown, schema: JsonSchema): ValueType {
  switch (name) {
    case 'null':
      return { kind: 'null' };
    case 'boolean':
      return { kind: 'bool' };
    case 'number':
    case 'integer':
      return { kind: 'number' };
    case 'string':
      return { kind: 'string', maxLength: Math.min(LONGEST, number(schema['maxLength'], LONGEST)) };
    case 'array':
      return listType(schema);
    case 'object':
      return objectType(schema);
    default:
      return UNKNOWN;
  }
}

function listType({ items, prefixItems, maxItems }: JsonSchema): ValueType {
  const parts = [...(Array.isArray(prefixItems) ? prefixItems : []), ...(items === false ? [] : [items])];
  return {
    kind: 'list',
    item: parts.length === 0 ? UNKNOWN : parts.map(valueTypeOf).reduce(either),
    maxItems: Math.min(MOST_ITEMS, number(maxItems, MOST_ITEMS)),
  };
}

function objectType({ properties, required, additionalProperties }: JsonSchema): ObjectType {
  const names = new Set(Array.isArray(required) ? required : []);
  const fields = new Map<string, Field>();
  for (const [name, property] of Object.entries(isObject(properties) ? properties : {})) {
    fields.set(name, { required: names.has(name), type: valueTypeOf(property) });
  }
  const rest = additionalProperties === false ? {} : { rest: valueTypeOf(additionalProperties) };
  for (const name of names) {
    if (typeof name === 'string' && !fields.has(name)) {
      fields.set(name, { required: true, type: 'rest' in rest ? rest.rest : UNKNOWN });
    }
  }
  return { kind: 'object', fields, ...rest };
}

const anyOfType = (schemas: unknown): ValueType =>
  Array.isArray(schemas) && schemas.length > 0 ? schemas.map(valueTypeOf).reduce(either) : UNKNOWN;

const allOfType = (schemas: unknown): ValueType =>
  Array.isArray(schemas) ? schemas.map(valueTypeOf).reduce(both, UNKNOWN) : UNKNOWN;

/** What is known of a value that two statements hold of. Where they contradict each other there is no such value. */
function both(left: ValueType, right: ValueType): ValueType {
  if (left.kind === 'unknown') return right;
  if (left.kind !== 'object' || right.kind !== 'object') return left;
  const fields = new Map(left.fields);
  for (const [name, field] of right.fields) {
    const known = fields.get(name);
    fields.set(
      name,
      known ? { required: known.required || field.required, type: both(known.type, field.type) } : field,
    );
  }
  const open = left.rest && right.rest;
  return { kind: 'object', fields, ...(open && { rest: both(open, right.rest ?? open) }) };
}

function typeOfValue(value: unknown): ValueType {
  if (value === null) return { kind: 'null' };
  if (typeof value === 'boolean') return { kind: 'bool' };
  if (typeof value === 'number') return { kind: 'number' };
  return typeof value === 'string' ? { kind: 'string', maxLength: value.length } : UNKNOWN;
}

import type { Json, JsonObject } from '../json.ts';

/**
 * How a condition reads values: each function returns the value as what it must be, or throws a TypeError. On data that the
 * condition was checked against none of them throws.
 */
export function literal(value: unknown): Json {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  throw new TypeError('bytes and unsigned numbers do not exist in JSON');
}

const isRecord = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function field(object: Json, name: string): Json {
  const value = Object.hasOwn(record(object), name) ? record(object)[name] : undefined;
  if (value === undefined) throw new TypeError(`"${name}" is absent`);
  return value;
}

export function record(value: Json): JsonObject {
  if (isRecord(value)) return value;
  throw unexpected('an object', value);
}

export function list(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value;
  throw unexpected('a list', value);
}

export function bool(value: Json): boolean {
  if (typeof value === 'boolean') return value;
  throw unexpected('true or false', value);
}

export function number(value: Json): number {
  if (typeof value === 'number') return value;
  throw unexpected('a number', value);
}

export function text(value: Json): string {
  if (typeof value === 'string') return value;
  throw unexpected('a string', value);
}

export function scalar(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  throw unexpected('a scalar', value);
}

const unexpected = (wanted: string, value: Json): TypeError =>
  new TypeError(
    `${wanted} was expected, not ${value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value}`,
  );

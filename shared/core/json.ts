/** What JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A workflow's data, an action's input, a change set: always a JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** A JSON Schema 2020-12 document as data. */
export type JsonSchema = { readonly [key: string]: unknown };

/** Size of a value once it is written as JSON, in bytes of UTF-8. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** How deep objects and arrays nest; a scalar is 0 deep. Stops counting at `limit + 1`, so hostile input is cheap. */
export function jsonDepth(value: unknown, limit: number): number {
  if (value === null || typeof value !== 'object') return 0;
  if (limit === 0) return 1;
  let deepest = 0;
  for (const child of Array.isArray(value) ? value : Object.values(value)) {
    deepest = Math.max(deepest, jsonDepth(child, limit - 1));
    if (deepest > limit) break;
  }
  return deepest + 1;
}

/**
 * Why a value would not survive being written as JSON and read again: the first thing in it that is no JSON, with its
 * path. Fields that are undefined count as absent.
 */
export function notJson(value: unknown, path: string, limit: number): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : `${path}: ${value} cannot be written as JSON`;
  }
  if (typeof value !== 'object') return `${path}: a ${typeof value} cannot be written as JSON`;
  if (limit === 0) return `${path}: nested too deeply`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) {
    return `${path}: a ${value.constructor.name} cannot be written as JSON; give a plain value`;
  }
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined && !Array.isArray(value)) continue;
    // No message may carry it (shared/contract/json-body.ts).
    if (key === '__proto__') return `${path}.__proto__: no field may have this name`;
    const problem = notJson(child, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, limit - 1);
    if (problem) return problem;
  }
  return undefined;
}

/** Freezes a value and everything in it, and returns it. For values that are shared and must never change. */
export function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}

/** A copy as it would come back from the wire: no undefined fields, nothing shared with the original. */
export const jsonCopy = <T>(value: T): T =>
  // What JSON carries comes back as it was; callers pass nothing else.
  JSON.parse(JSON.stringify(value)) as T;

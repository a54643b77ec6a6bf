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

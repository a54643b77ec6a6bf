/**
 * A copy that shares nothing with the original, as it would come back from a database: plain objects, arrays and dates; fields
 * that are undefined are left out.
 */
export function copy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  // Each branch makes a value of the shape it was given.
  if (value instanceof Date) return new Date(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => copy(item ?? null)) as T;
  const result: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined) continue;
    if (key === '__proto__') Object.defineProperty(result, key, { value: copy(child), ...WRITABLE });
    else result[key] = copy(child);
  }
  return result as T;
}

const WRITABLE = { enumerable: true, configurable: true, writable: true } as const;

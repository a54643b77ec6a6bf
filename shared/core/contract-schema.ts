import { z } from 'zod';
import { deepFreeze, type JsonSchema, jsonCopy } from './json.ts';
import { unreachable } from './unreachable.ts';

/**
 * Contracts are written in zod and stored as JSON Schema, so they may only say what both can: otherwise the process that
 * owns an action would check more than everybody else. What JSON Schema cannot express is refused, with its path.
 */
type Type = z.core.$ZodTypeDef['type'];
type Child = readonly [path: string, schema: z.core.$ZodType];

/** What to write instead. A type that stands neither here nor in `children` is refused without advice. */
const ADVICE: { readonly [T in Type]?: string } = {
  pipe: 'declare the value as it is stored, and transform it in run',
  transform: 'declare the value as it is stored, and transform it in run',
  default:
    'nothing fills a default in here: declare the field optional, and give the default in the input of an action',
  catch: 'a value that replaces a wrong one hides mistakes: declare the field optional',
  prefault: 'write .default(…) instead of .prefault(…)',
  date: 'JSON has no dates: write z.iso.datetime()',
  bigint: 'JSON has no bigint: write z.string() or z.int()',
  map: 'JSON has no maps: write z.record(…)',
  set: 'JSON has no sets: write z.array(…)',
  undefined: 'JSON has no undefined: write .optional()',
  void: 'JSON has no undefined: write .optional()',
  nan: 'JSON has no NaN: write z.number()',
  never: 'leave the field out',
  lazy: 'a type that contains itself has no bound: unfold it, or write z.unknown()',
  custom: 'a check in code cannot be stored: check it in run, and fail with a declared code',
};

/** The keywords of JSON Schema that a check of zod becomes. Any other check is code. */
const EXPRESSIBLE_CHECKS: ReadonlySet<string> = new Set([
  'min_length',
  'max_length',
  'length_equals',
  'greater_than',
  'less_than',
  'multiple_of',
  'number_format',
  'string_format',
]);

/**
 * Everything in a schema that JSON Schema cannot express: refinements, transforms and types that JSON lacks, each with
 * its path and what to write instead. Empty when the schema can be stored.
 * @param options.defaults whether who checks values against the schema also fills defaults in
 */
export function inexpressible(
  schema: z.core.$ZodType,
  path: string,
  { defaults }: { readonly defaults: 'filled-in' | 'refused' },
): string[] {
  return visit(schema, path, { inside: [], refused: defaults === 'refused' ? ['default'] : [] });
}

interface Visit {
  /** The schemas around this one. */
  readonly inside: readonly z.core.$ZodType[];
  readonly refused: readonly Type[];
}

/**
 * The JSON Schema 2020-12 of a schema that `inexpressible` finds nothing in, frozen.
 * @param side `input`: what may be given, undeclared fields are passed over. `output`: what is there afterwards,
 *   undeclared fields are refused and defaults are filled in.
 */
export function toJsonSchema(schema: z.core.$ZodType, side: 'input' | 'output'): JsonSchema {
  // An empty registry: ids would become references, and texts for readers would change the content hash.
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: side, metadata: z.registry<object>() });
  return deepFreeze(jsonCopy(rest));
}

function visit(schema: z.core.$ZodType, path: string, { inside, refused }: Visit): string[] {
  if (inside.includes(schema)) return [`${path}: ${ADVICE.lazy}.`];
  const { type } = schema._zod.def;
  const nested = refused.includes(type) ? null : children(schema, path);
  if (!nested) {
    return [`${path}: ${ADVICE[type] ?? `JSON Schema cannot express z.${type}()`}.`];
  }
  return [
    ...coercionProblem(schema, path),
    ...checksOf(schema).flatMap((check) => checkProblem(check, path)),
    ...nested.flatMap(([childPath, child]) => visit(child, childPath, { inside: [...inside, schema], refused })),
  ];
}

/** The schemas directly inside a schema; null for a type that cannot be stored. */
function children(schema: z.core.$ZodType, path: string): readonly Child[] | null {
  // zod's own union of all its schema types: `def.type` tells them apart.
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
    case 'enum':
    case 'unknown':
    case 'any':
    case 'template_literal':
      return [];
    case 'literal':
      return def.values.every((value) => value !== undefined && typeof value !== 'bigint') ? [] : null;
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'readonly':
    case 'default':
      return [[path, def.innerType]];
    case 'object':
      return [
        ...Object.entries(def.shape).map(([field, child]): Child => [`${path}.${field}`, child]),
        ...(def.catchall && def.catchall._zod.def.type !== 'never' ? [[`${path}.*`, def.catchall] as const] : []),
      ];
    case 'array':
      return [[`${path}[]`, def.element]];
    case 'tuple':
      return [
        ...def.items.map((child, index): Child => [`${path}[${index}]`, child]),
        ...(def.rest ? [[`${path}[]`, def.rest] as const] : []),
      ];
    case 'record':
      return [
        [`${path}.*`, def.keyType],
        [`${path}.*`, def.valueType],
      ];
    case 'union':
      return def.options.map((option): Child => [path, option]);
    case 'intersection':
      return [
        [path, def.left],
        [path, def.right],
      ];
    case 'bigint':
    case 'catch':
    case 'custom':
    case 'date':
    case 'file':
    case 'function':
    case 'lazy':
    case 'map':
    case 'nan':
    case 'never':
    case 'pipe':
    case 'prefault':
    case 'promise':
    case 'set':
    case 'success':
    case 'symbol':
    case 'transform':
    case 'undefined':
    case 'void':
      return null;
    default:
      return unreachable(def);
  }
}

function coercionProblem(schema: z.core.$ZodType, path: string): string[] {
  const { def } = schema._zod;
  return 'coerce' in def && def.coerce ? [`${path}: z.coerce changes the value: ${ADVICE.transform}.`] : [];
}

/** A schema's checks; a string format such as z.email() is its own first one. */
function checksOf(schema: z.core.$ZodType): readonly z.core.$ZodCheck[] {
  const { def, traits } = schema._zod;
  // The trait says that this schema is a check as well.
  const own = traits.has('$ZodCheck') ? [schema as unknown as z.core.$ZodCheck] : [];
  return [...own, ...(def.checks ?? [])];
}

function checkProblem(check: z.core.$ZodCheck, path: string): string[] {
  const { def } = check._zod;
  if (def.check === 'overwrite') {
    return [`${path}: trim, toLowerCase and the like change the value; do it in run.`];
  }
  if (!EXPRESSIBLE_CHECKS.has(def.check)) return [`${path}: ${ADVICE.custom}.`];
  return def.check === 'string_format' ? formatProblem(def as z.core.$ZodCheckStringFormatDef, path) : [];
}

/** A string format is stored as its pattern, so it needs one, and one that means the same without flags. */
function formatProblem(def: z.core.$ZodCheckStringFormatDef, path: string): string[] {
  const { format, pattern } = def;
  if (format === 'url' && !('hostname' in def && def.hostname) && !('protocol' in def && def.protocol)) return [];
  if (!pattern)
    return [`${path}: the format "${format}" is code, and JSON Schema has no word for it; write a pattern.`];
  if (/[^uv]/.test(pattern.flags))
    return [`${path}: a pattern cannot have the flags "${pattern.flags}"; write it without.`];
  return [];
}

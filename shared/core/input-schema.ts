import { z } from 'zod';
import type { JsonSchema } from './json.ts';
import { LIMITS } from './limits.ts';
import { patternSteps } from './pattern-cost.ts';

/**
 * The JSON Schema that a definition brings along for its input. Definitions come from outside, and their schemas are run on
 * every start event: so there are only keywords that take bounded time, no references, and no pattern that can backtrack
 * for long. It is what zod writes for plain data.
 */
type Rule = (value: unknown, path: string, schema: JsonSchema) => string | undefined;

/** The first thing in a schema that is not allowed, with its path and what to do; undefined when it is fine. */
export const schemaProblem: Rule = (schema, path) => {
  if (typeof schema === 'boolean') return undefined;
  if (!isObject(schema)) return `${path}: must be a JSON Schema`;
  for (const [keyword, value] of Object.entries(schema)) {
    const rule = Object.hasOwn(RULES, keyword) ? RULES[keyword] : undefined;
    if (!rule) return `${path}.${keyword}: not a keyword that the schema of an input may have`;
    const problem = rule(value, `${path}.${keyword}`, schema);
    if (problem) return problem;
  }
  return undefined;
};

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const must =
  (be: string, test: (value: unknown) => boolean): Rule =>
  (value, path) =>
    test(value) ? undefined : `${path}: must be ${be}`;

const isScalar = (value: unknown): boolean => value === null || ['string', 'number', 'boolean'].includes(typeof value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isType = (value: unknown): boolean =>
  isText(value) && ['null', 'boolean', 'number', 'integer', 'string', 'array', 'object'].includes(value);
const listOf =
  (test: (value: unknown) => boolean) =>
  (value: unknown): value is unknown[] =>
    Array.isArray(value) && value.length > 0 && value.every(test);

const size = must('a whole number from 0 on', (value) => isNumber(value) && Number.isInteger(value) && value >= 0);

const schemas: Rule = (value, path) => {
  if (!Array.isArray(value) || value.length === 0) return `${path}: must be a list of schemas`;
  return firstProblem(value.map((schema, index) => [`${path}.${index}`, schema]));
};

const schemasByName: Rule = (value, path) => {
  if (!isObject(value)) return `${path}: must be schemas by name`;
  return firstProblem(Object.entries(value).map(([name, schema]) => [`${path}.${name}`, schema]));
};

function firstProblem(parts: readonly (readonly [path: string, schema: unknown])[]): string | undefined {
  for (const [path, schema] of parts) {
    const problem = schemaProblem(schema, path, {});
    if (problem) return problem;
  }
  return undefined;
}

const pattern: Rule = (value, path, { maxLength }) => {
  if (!isText(value)) return `${path}: must be a text`;
  const longest = isNumber(maxLength) ? Math.min(maxLength, LIMITS.dataBytes) : LIMITS.dataBytes;
  if (OWN_PATTERNS.has(value) || patternSteps(value, longest) <= LIMITS.patternSteps) return undefined;
  return `${path}: may take too long on a text of ${longest} characters; declare a smaller maximum length, begin it with ^, or use fewer repetitions`;
};

/** The patterns of zod's own formats, which are in wide use and known to end: the bound above is too coarse for some. */
const OWN_PATTERNS: ReadonlySet<unknown> = new Set(
  [
    z.email(),
    z.uuid(),
    z.guid(),
    z.hostname(),
    z.ipv4(),
    z.ipv6(),
    z.cidrv4(),
    z.cidrv6(),
    z.mac(),
    z.iso.date(),
    z.iso.time(),
    z.iso.datetime(),
    z.iso.datetime({ offset: true }),
    z.iso.duration(),
    z.base64(),
    z.base64url(),
    z.e164(),
    z.emoji(),
  ].map((format) => z.toJSONSchema(format).pattern),
);

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

const each = (rule: Rule, keywords: readonly string[]): { [keyword: string]: Rule } =>
  Object.fromEntries(keywords.map((keyword) => [keyword, rule]));

const RULES: { readonly [keyword: string]: Rule } = {
  $schema: must(DIALECT, (value) => value === DIALECT),
  type: must('the name of a type, or several', (value) => isType(value) || listOf(isType)(value)),
  enum: must('a list of texts, numbers, true, false or null', listOf(isScalar)),
  const: must('a text, a number, true, false or null', isScalar),
  properties: schemasByName,
  required: must('a list of names', (value) => Array.isArray(value) && value.every(isText)),
  ...each(schemaProblem, ['propertyNames', 'additionalProperties', 'items']),
  ...each(schemas, ['prefixItems', 'anyOf', 'oneOf', 'allOf']),
  ...each(size, ['minProperties', 'maxProperties', 'minItems', 'maxItems', 'minLength', 'maxLength']),
  ...each(must('a number', isNumber), ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']),
  multipleOf: must('a number above 0', (value) => isNumber(value) && value > 0),
  pattern,
  ...each(must('a text', isText), ['format', 'contentEncoding', 'title', 'description']),
  // For readers: nothing acts on them.
  ...each(() => undefined, ['default', 'examples', 'readOnly']),
};

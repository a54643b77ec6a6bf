import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema } from './json.ts';
import { cutText } from './limits.ts';

/**
 * Checks values against stored contracts, outside the process that owns them. Strict about the schema itself: a misspelt
 * keyword would check nothing.
 */
const ajv = new Ajv2020({
  strict: true,
  // What zod writes for nullable fields and unions, for tuples, and for records with enumerated keys.
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  // 0.3 is a multiple of 0.1, as it is for zod.
  multipleOfPrecision: 9,
  logger: false,
});
// A format stands beside the pattern that decides, and other definitions of the same format would decide otherwise. Only
// `uri` comes without one.
ajv.removeKeyword('format');
ajv.addKeyword({
  keyword: 'format',
  type: 'string',
  schemaType: 'string',
  validate: (format: string, value: string) => format !== 'uri' || URL.canParse(value),
});

const compiled = new WeakMap<JsonSchema, ValidateFunction>();

/**
 * The first thing in a value that does not fit a JSON Schema 2020-12, as one line that names the field; undefined when it
 * fits. Compiles once per schema object.
 * @param root what the value as a whole is called
 * @throws Error when the schema is none; `definitionSchema` and `toJsonSchema` let no such schema pass
 */
export function checkJson(schema: JsonSchema, value: unknown, root: string): string | undefined {
  const validate = compiled.get(schema) ?? compile(schema);
  if (validate(value)) return undefined;
  const errors = validate.errors ?? [];
  // Of the alternatives of a union the one that got furthest says best what is wrong.
  const deepest = errors.reduce((best, error) => (error.instancePath.length > best.instancePath.length ? error : best));
  return cutText(describe(deepest, root));
}

/** Why a value is no JSON Schema; undefined when it is one. */
export function compileProblem(schema: unknown): string | undefined {
  try {
    compile(schema as JsonSchema);
    return undefined;
  } catch (error) {
    return `schema: ${cutText(error instanceof Error ? error.message : String(error))}`;
  }
}

function compile(schema: JsonSchema): ValidateFunction {
  const validate = ajv.compile(schema);
  // ajv would keep every schema for ever; what is still in use is in `compiled`.
  ajv.removeSchema(schema);
  compiled.set(schema, validate);
  return validate;
}

function describe({ instancePath, keyword, params, message }: ErrorObject, root: string): string {
  const path = `${root}${instancePath.replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')}`;
  switch (keyword) {
    case 'required':
      return `${path}.${params['missingProperty']}: is missing`;
    case 'additionalProperties':
      return `${path}.${params['additionalProperty']}: is not declared`;
    case 'enum':
      return `${path}: must be one of ${JSON.stringify(params['allowedValues'])}`;
    case 'const':
      return `${path}: must be ${JSON.stringify(params['allowedValue'])}`;
    case 'format':
      return `${path}: must be a URI`;
    default:
      return `${path}: ${message}`;
  }
}

import { z } from 'zod';
import type { JsonSchema } from './json.ts';

/** The JSON Schema 2020-12 of a part of a contract. */
export function contractSchema(schema: z.ZodObject, _part: string, _refuse: (problem: string) => never): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return JSON.parse(JSON.stringify(rest)) as JsonSchema;
}

import type { z } from 'zod';
import type { Parsed } from './action.ts';
import { describeIssue } from './issue.ts';
import { type JsonObject, jsonCopy, notJson } from './json.ts';
import { LIMITS } from './limits.ts';

/** Checks and picks an action's input from a workflow's data: what the schema does not declare stays behind. */
export function inputParser(schema: z.ZodObject): (data: JsonObject) => Parsed {
  return (data) => {
    const result = schema.safeParse(data);
    if (!result.success) return { ok: false, problem: describeIssue(result.error, 'input') };
    // The data is JSON, and a schema that can be stored adds nothing but its defaults.
    return { ok: true, value: result.data as JsonObject };
  };
}

/**
 * Checks a change set as it came out of an action's code: it fits the schema, has no undeclared field on any level, and
 * is JSON. The problem reads as what the action returned.
 */
export function changesParser(schema: z.ZodObject): (changes: unknown) => Parsed {
  const declared = Object.keys(schema.shape);
  const allowed = declared.length === 0 ? 'it declares no changes' : `declared are ${declared.join(', ')}`;
  const refuse = (problem: string): Parsed => ({ ok: false, problem: `${problem}; ${allowed}` });
  return (given) => {
    const result = schema.safeParse(given);
    if (!result.success) return refuse(describeIssue(result.error, 'changes'));
    // In this order: only what is known to be JSON, and therefore finite, is walked through.
    const problem = notJson(result.data, 'changes', LIMITS.depth) ?? dropped(given, result.data, 'changes');
    if (problem) return refuse(problem);
    // notJson found nothing, so it is JSON.
    return { ok: true, value: jsonCopy(result.data as JsonObject) };
  };
}

/** The first field that a schema passed over: inside a change set zod would drop an undeclared field silently. */
function dropped(given: unknown, kept: unknown, path: string): string | undefined {
  if (given === null || typeof given !== 'object' || kept === null || typeof kept !== 'object') return undefined;
  for (const [key, value] of Object.entries(given)) {
    const there = Array.isArray(given) ? `${path}[${key}]` : `${path}.${key}`;
    if (value === undefined) continue;
    const now: unknown = Reflect.get(kept, key);
    if (now === undefined) return `${there}: not declared`;
    const problem = dropped(value, now, there);
    if (problem) return problem;
  }
  return undefined;
}

import { createHash } from 'node:crypto';
import type { WorkflowDefinition } from './workflow-definition.ts';

/**
 * The content hash of a definition: SHA-256, hex, of its JSON with the keys of every object sorted, so that the order in
 * which a store or an author writes them does not matter. The order of choices does: it is kept.
 */
export const definitionHash = (definition: WorkflowDefinition): string =>
  createHash('sha256').update(canonicalJson(definition)).digest('hex');

/** JSON without insignificant differences. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

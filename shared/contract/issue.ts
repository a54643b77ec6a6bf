import type { z } from 'zod';
import { cutText } from '../core/limits.ts';

/** The first problem that zod found, as one line that names the field: `data.amount: expected number, got string`. */
export function describeIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (!issue) return 'invalid';
  const path = issue.path.length === 0 ? 'body' : issue.path.map(String).join('.');
  return cutText(`${path}: ${issue.message}`);
}

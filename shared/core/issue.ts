import type { z } from 'zod';
import { cutText } from './limits.ts';

/**
 * The first problem that zod found, as one line that names the field: `data.amount: expected number, got string`.
 * @param root what the value as a whole is called
 */
export function describeIssue(error: z.ZodError, root = 'body'): string {
  const [issue] = error.issues;
  if (!issue) return 'invalid';
  const path = issue.path.length === 0 ? root : issue.path.map(String).join('.');
  return cutText(`${path}: ${issue.message}`);
}

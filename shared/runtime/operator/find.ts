import { Refused } from '../../core/errors.ts';
import { WORKFLOW_ID_PATTERN } from '../../core/names.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Head } from '../../journal/records.ts';
import { listed, MOST_LISTED } from '../meant-workflows.ts';

/**
 * The workflow that an id or a business key names. The first match is not guessed.
 * @throws Refused `workflow-unknown`, `workflow-ambiguous`; Unavailable
 */
export async function findWorkflow(journal: Pick<Journal, 'readHead' | 'findHeads'>, key: string): Promise<Head> {
  const head = WORKFLOW_ID_PATTERN.test(key) ? await journal.readHead(key) : null;
  if (head) return head;
  const heads = await journal.findHeads({ businessKey: key }, MOST_LISTED);
  const [found, ...others] = heads;
  if (!found) throw new Refused('workflow-unknown', { key });
  if (others.length > 0) throw new Refused('workflow-ambiguous', { key, ids: listed(heads) });
  return found;
}

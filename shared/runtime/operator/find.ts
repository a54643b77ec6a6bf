import { Refused } from '../../core/errors.ts';
import { WORKFLOW_ID_PATTERN } from '../../core/names.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Head } from '../../journal/records.ts';
import { listed, meantWorkflows } from '../meant-workflows.ts';

/**
 * The workflow that an id or a business key names. The first match is not guessed.
 * @throws Refused `workflow-unknown`, `workflow-ambiguous`; Unavailable
 */
export async function findWorkflow(journal: Pick<Journal, 'readHead' | 'findHeads'>, key: string): Promise<Head> {
  const byId = WORKFLOW_ID_PATTERN.test(key) ? await meantWorkflows(journal, { workflowId: key }) : [];
  const heads = byId.length > 0 ? byId : await meantWorkflows(journal, { businessKey: key });
  const [found, ...others] = heads;
  if (!found) throw new Refused('workflow-unknown', { key });
  if (others.length > 0) throw new Refused('workflow-ambiguous', { key, ids: listed(heads) });
  return found;
}

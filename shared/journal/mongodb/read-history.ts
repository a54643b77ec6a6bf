import type { WorkflowHistory } from '../records.ts';
import type { Commands } from './commands.ts';
import { readHead } from './read-head.ts';
import { readHistories } from './read-histories.ts';

export async function readHistory(commands: Commands, workflowId: string): Promise<WorkflowHistory | null> {
  const head = await readHead(commands, workflowId);
  const [history] = head ? await readHistories(commands, 'read-history', [head]) : [];
  return history ?? null;
}

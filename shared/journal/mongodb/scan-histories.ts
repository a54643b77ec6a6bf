import type { WorkflowHistory } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { readHistories } from './read-histories.ts';
import { fromStoredHead, type StoredHead } from './stored-documents.ts';

/** Workflows that are in memory at once. */
const PAGE = 25;

/** Page by page along the key, without a cursor that could expire while the reader takes its time. */
export async function* scanHistories(commands: Commands): AsyncGenerator<WorkflowHistory, void, void> {
  for (let last = ''; ; ) {
    const page = await commands.readAll<StoredHead>(
      'scan-histories',
      COLLECTIONS.heads,
      { _id: { $gt: last } },
      { sort: { _id: 1 }, limit: PAGE },
    );
    yield* await readHistories(commands, 'scan-histories', page.map(fromStoredHead));
    const end = page.at(-1);
    if (!end || page.length < PAGE) return;
    last = end._id;
  }
}

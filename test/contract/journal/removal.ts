import { describe, expect, it } from '@jest/globals';
import type { Journal } from '../../../shared/journal/journal.ts';
import type { JournalSetup } from '../journal.ts';
import {
  AT,
  bench,
  makeAttempt,
  makeHead,
  makeIntent,
  makeNotification,
  makeSnapshot,
  makeWait,
  readCourse,
} from './bench.ts';

/** A workflow of which there is one of everything. */
async function makeWhole(journal: Journal): Promise<string> {
  const head = makeHead();
  const workflowId = head._id;
  await journal.insertHeads([head]);
  await journal.insertAttempts([makeAttempt(workflowId, 1, 1), makeAttempt(workflowId, 2, 1)]);
  await journal.insertSnapshots([makeSnapshot(workflowId, 1), makeSnapshot(workflowId, 2)]);
  await journal.insertWaits([makeWait(workflowId, 1)]);
  await journal.insertNotifications([makeNotification({ workflowId })]);
  await journal.insertIntents([makeIntent(workflowId, { state: 'closed' })]);
  return workflowId;
}

async function remains(journal: Journal, workflowId: string): Promise<Record<string, number>> {
  const { attempts, snapshots } = await readCourse(journal, workflowId);
  const waits = await journal.readWaits([makeWait(workflowId, 1)._id]);
  return {
    heads: (await journal.readHead(workflowId)) ? 1 : 0,
    attempts: attempts.length,
    snapshots: snapshots.length,
    waits: waits.filter((wait) => wait !== null).length,
    notifications: (await journal.findNotifications({ workflowId }, 9)).length,
    intents: (await journal.findIntents([workflowId], 9)).length,
  };
}

const NOTHING = { heads: 0, attempts: 0, snapshots: 0, waits: 0, notifications: 0, intents: 0 };
const ALL = { heads: 1, attempts: 2, snapshots: 2, waits: 1, notifications: 1, intents: 1 };

export function removalContract(setup: () => JournalSetup): void {
  describe('removeWorkflows', () => {
    const current = bench(setup);
    const end = (journal: Journal, ids: readonly string[]) =>
      journal.changeHeads(ids.map((workflowId) => ({ kind: 'ended', workflowId, status: 'succeeded', at: AT })));

    it('removes everything of them, and nothing of others', async () => {
      const { journal, other } = current();
      const ids = [await makeWhole(journal), await makeWhole(journal), await makeWhole(journal)];
      await end(journal, ids);
      await other.removeWorkflows(ids.slice(0, 2));
      expect(await Promise.all(ids.map((id) => remains(journal, id)))).toEqual([NOTHING, NOTHING, ALL]);
    });

    it('leaves alone what has not ended', async () => {
      const { journal } = current();
      const id = await makeWhole(journal);
      await journal.removeWorkflows([id]);
      expect(await remains(journal, id)).toEqual(ALL);
    });

    it('may be done again, by several at once, and of nothing', async () => {
      const { journal, other } = current();
      const ids = [await makeWhole(journal), await makeWhole(journal)];
      await end(journal, ids);
      await Promise.all([journal.removeWorkflows(ids), other.removeWorkflows(ids)]);
      await journal.removeWorkflows(ids);
      await journal.removeWorkflows([]);
      expect(await Promise.all(ids.map((id) => remains(journal, id)))).toEqual([NOTHING, NOTHING]);
    });
  });
}

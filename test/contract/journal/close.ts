import { afterEach, describe, expect, it } from '@jest/globals';
import type { Journal } from '../../../shared/journal/journal.ts';
import type { JournalSetup } from '../journal.ts';
import { AT, makeAttempt, makeHead, makeSnapshot, newName, newWorkflowId } from './bench.ts';

const CALLS: Readonly<Record<Exclude<keyof Journal, 'close'>, (journal: Journal) => unknown>> = {
  insertHeads: (journal) => journal.insertHeads([makeHead()]),
  insertAttempts: (journal) => journal.insertAttempts([makeAttempt(newWorkflowId(), 1, 1)]),
  insertSnapshots: (journal) => journal.insertSnapshots([makeSnapshot(newWorkflowId(), 1)]),
  settleAttempt: (journal) => journal.settleAttempt('a/00001/00001', { fate: 'void', at: AT }),
  changeHeads: (journal) => journal.changeHeads([{ kind: 'resumed', workflowId: newWorkflowId(), step: 1 }]),
  readStep: (journal) => journal.readStep(newWorkflowId(), 1),
  readSnapshot: (journal) => journal.readSnapshot(newWorkflowId(), 1),
  findMoved: (journal) => journal.findMoved([{ workflowId: newWorkflowId(), step: 1 }]),
  readHead: (journal) => journal.readHead(newWorkflowId()),
  readHistory: (journal) => journal.readHistory(newWorkflowId()),
  findHeads: (journal) => journal.findHeads({}, 1),
  scanHistories: (journal) => journal.scanHistories()[Symbol.asyncIterator]().next(),
  join: (journal) => journal.join({ _id: newName(), host: '', pid: 1, actions: [] }),
  renew: (journal) => journal.renew(newName()),
  leave: (journal) => journal.leave(newName()),
  judgeHolder: (journal) => journal.judgeHolder(newName(), 1),
  registerDefinition: (journal) => journal.listDefinitions(),
  findDefinition: (journal) => journal.findDefinition(newName(), 1),
  latestDefinition: (journal) => journal.latestDefinition(newName()),
  listDefinitions: (journal) => journal.listDefinitions(),
  writeStation: (journal) => journal.listStations(),
  listStations: (journal) => journal.listStations(),
  ping: (journal) => journal.ping(),
};

export function closeContract(setup: () => JournalSetup): void {
  describe('close', () => {
    const opened: Journal[] = [];
    const open = async (): Promise<Journal> => {
      const journal = await setup().connect();
      opened.push(journal);
      return journal;
    };
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((journal) => journal.close()));
    });

    it('ends every method: it rejects with Fatal stopped', async () => {
      const journal = await open();
      await journal.close();
      for (const call of Object.values(CALLS)) {
        await expect(Promise.resolve().then(() => call(journal))).rejects.toMatchObject({ code: 'stopped' });
      }
    });

    it('may be called twice, also at once', async () => {
      const journal = await open();
      await Promise.all([journal.close(), journal.close()]);
      await journal.close();
    });

    it('waits for what is under way', async () => {
      // What is to be repeated would find the journal closed.
      if (setup().features.repeats) return;
      const journal = await open();
      const head = makeHead();
      let result: unknown;
      const inserting = (async () => {
        result = await journal.insertHeads([head]);
      })();
      await journal.close();
      expect(result).toEqual(['inserted']);
      await inserting;
      expect(await (await open()).readHead(head._id)).toEqual(head);
    });

    it('leaves other connections alone', async () => {
      const [journal, other] = [await open(), await open()];
      const head = makeHead();
      await journal.insertHeads([head]);
      await journal.close();
      expect(await other.readHead(head._id)).toEqual(head);
      await other.ping();
    });
  });
}

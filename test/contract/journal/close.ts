import { afterEach, describe, expect, it } from '@jest/globals';
import type { Journal } from '../../../shared/journal/journal.ts';
import type { JournalSetup } from '../journal.ts';
import { makeHead } from './bench.ts';
import { CALLS } from './calls.ts';

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
        await expect(call(journal)).rejects.toMatchObject({ code: 'stopped' });
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

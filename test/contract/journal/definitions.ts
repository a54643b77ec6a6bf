import { describe, expect, it } from '@jest/globals';
import type { JournalSetup } from '../journal.ts';
import { bench, makeDefinition, newName } from './bench.ts';

export function definitionsContract(setup: () => JournalSetup): void {
  describe('definitions', () => {
    const current = bench(setup);

    it('are kept whole', async () => {
      const { journal, other, setup: under } = current();
      const record = makeDefinition(newName(), 1);
      const registered = await journal.registerDefinition(record);
      if (!under.features.repeats) expect(registered).toBe('registered');
      expect(await other.findDefinition(record.name, 1)).toEqual(record);
    });

    it('are active once they are registered', async () => {
      const { journal } = current();
      const record = makeDefinition(newName(), 1, { active: false });
      await journal.registerDefinition(record);
      expect(await journal.findDefinition(record.name, 1)).toEqual({ ...record, active: true });
    });

    it('never change: the same content again is the same, other content is a conflict', async () => {
      const { journal, other } = current();
      const record = makeDefinition(newName(), 1);
      await journal.registerDefinition(record);
      expect(await other.registerDefinition({ ...record, registeredAt: new Date(0) })).toBe('same');
      expect(await other.registerDefinition({ ...record, hash: 'another' })).toBe('conflict');
      expect(await journal.findDefinition(record.name, 1)).toEqual(record);
    });

    it('of one name and version are registered once when many try at the same time', async () => {
      const { journal, other, setup: under } = current();
      const name = newName();
      const records = Array.from({ length: 6 }, (_, index) => makeDefinition(name, 1, { hash: `${index % 2}` }));
      const results = await Promise.all(
        records.map((record, index) => (index % 3 ? journal : other).registerDefinition(record)),
      );
      const stands = (await journal.findDefinition(name, 1))?.hash;
      for (const [index, { hash }] of records.entries()) expect(results[index] === 'conflict').toBe(hash !== stands);
      if (!under.features.repeats) expect(results.filter((result) => result === 'registered')).toHaveLength(1);
    });

    it('have a latest version, by number, and by the whole name', async () => {
      const { journal, other } = current();
      const name = newName();
      for (const version of [9, 10, 2]) await journal.registerDefinition(makeDefinition(name, version));
      await journal.registerDefinition(makeDefinition(`${name}-x`, 11));
      expect(await other.latestDefinition(name)).toMatchObject({ name, version: 10 });
      expect(await other.latestDefinition(`${name}-x`)).toMatchObject({ version: 11 });
      expect(await other.latestDefinition(`${name}-y`)).toBeNull();
    });

    it('that were never registered are null', async () => {
      const { journal } = current();
      const name = newName();
      await journal.registerDefinition(makeDefinition(name, 1));
      expect(await journal.findDefinition(name, 2)).toBeNull();
      expect(await journal.findDefinition(newName(), 1)).toBeNull();
    });

    it('are all listed', async () => {
      const { journal } = current();
      const records = [makeDefinition(newName(), 1), makeDefinition(newName(), 3)];
      for (const record of records) await journal.registerDefinition(record);
      expect(await journal.listDefinitions()).toEqual(expect.arrayContaining(records));
    });
  });
}

import { describe, expect, it } from '@jest/globals';
import type { JournalSetup } from '../journal.ts';
import { AT, bench, later, makeContract, newName } from './bench.ts';

export function stationsContract(setup: () => JournalSetup): void {
  describe('stations', () => {
    const current = bench(setup);

    it('are listed with their contracts, one per action, as last written, and with when a worker last hosted them', async () => {
      const { journal, other } = current();
      const [first, second] = [makeContract(newName()), makeContract(newName())];
      await journal.writeStation(first, AT, 'worker');
      await journal.writeStation(second, AT, 'definition');
      const changed = makeContract(first.name, { failures: [], timeoutMs: 5 });
      await other.writeStation(changed, later(5), 'definition');
      const stations = (await journal.listStations()).filter(({ _id }) => [first.name, second.name].includes(_id));
      expect(stations).toHaveLength(2);
      expect(stations).toEqual(
        expect.arrayContaining([
          { _id: first.name, contract: changed, updatedAt: later(5), hostedAt: AT },
          { _id: second.name, contract: second, updatedAt: AT },
        ]),
      );
    });

    it('remember the latest progress, also when their contract is written again', async () => {
      const { journal, other } = current();
      const contract = makeContract(newName());
      await journal.recordProgress(contract.name, AT);
      await journal.writeStation(contract, AT, 'worker');
      await journal.recordProgress(contract.name, later(7));
      await other.recordProgress(contract.name, later(3));
      await other.writeStation(contract, later(9), 'worker');
      const stations = (await journal.listStations()).filter(({ _id }) => _id === contract.name);
      expect(stations).toEqual([
        { _id: contract.name, contract, updatedAt: later(9), hostedAt: later(9), progress: later(7) },
      ]);
    });

    it('are written by many workers at once', async () => {
      const { journal, other } = current();
      const contract = makeContract(newName());
      await Promise.all(
        Array.from({ length: 8 }, (_, index) => (index % 2 ? journal : other).writeStation(contract, AT, 'worker')),
      );
      const stations = (await journal.listStations()).filter(({ _id }) => _id === contract.name);
      expect(stations).toEqual([{ _id: contract.name, contract, updatedAt: AT, hostedAt: AT }]);
    });
  });
}

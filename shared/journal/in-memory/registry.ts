import type { ActionContract } from '../../core/action.ts';
import { definitionId } from '../../core/names.ts';
import type { RegistryJournal } from '../port/registry.ts';
import type { DefinitionRecord, StationRecord } from '../records.ts';
import { copy } from './copy.ts';
import type { Open } from './open.ts';
import { change, sorted } from './records.ts';
import type { InMemoryStore } from './store.ts';

export const registryJournal = (open: Open): RegistryJournal => ({
  registerDefinition: async (record) => registerDefinition(open(), record),
  findDefinition: async (name, version) => copy(open().definitions.get(definitionId(name, version)) ?? null),
  latestDefinition: async (name) => {
    const versions = sorted(open().definitions).filter((record) => record.name === name && record.active);
    return versions.at(-1) ?? null;
  },
  listDefinitions: async () => sorted(open().definitions),
  writeStation: async (contract, at, from) => writeStation(open(), contract, at, from),
  recordProgress: async (action, sentAt) => recordProgress(open(), action, sentAt),
  listStations: async () => sorted(open().stations),
});

function registerDefinition(
  { definitions }: InMemoryStore,
  record: DefinitionRecord,
): 'registered' | 'same' | 'conflict' {
  const found = definitions.get(record._id);
  if (found) return found.hash === record.hash ? 'same' : 'conflict';
  definitions.set(record._id, copy({ ...record, active: true }));
  return 'registered';
}

function writeStation(
  { stations }: InMemoryStore,
  contract: ActionContract,
  at: Date,
  from: 'worker' | 'definition',
): void {
  const hosted = from === 'worker' ? { hostedAt: at } : {};
  const station = { ...stations.get(contract.name), _id: contract.name, contract, updatedAt: at, ...hosted };
  stations.set(contract.name, copy(station));
}

function recordProgress({ stations }: InMemoryStore, action: string, sentAt: Date): void {
  const isLater = ({ progress }: StationRecord): boolean => progress === undefined || progress < sentAt;
  change(stations, action, isLater, (station) => ({ ...station, progress: sentAt }));
}

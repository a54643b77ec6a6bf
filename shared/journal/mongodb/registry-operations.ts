import type { RegistryJournal } from '../port/registry.ts';
import { findDefinition } from './find-definition.ts';
import { latestDefinition } from './latest-definition.ts';
import { listDefinitions } from './list-definitions.ts';
import { listStations } from './list-stations.ts';
import type { Operate } from './operate.ts';
import { recordProgress } from './record-progress.ts';
import { registerDefinition } from './register-definition.ts';
import { writeStation } from './write-station.ts';

export const registryOperations = (operate: Operate): RegistryJournal => ({
  registerDefinition: (record) => operate(({ commands }) => registerDefinition(commands, record)),
  findDefinition: (name, version) => operate(({ commands }) => findDefinition(commands, name, version)),
  latestDefinition: (name) => operate(({ commands }) => latestDefinition(commands, name)),
  listDefinitions: () => operate(({ commands }) => listDefinitions(commands)),
  writeStation: (contract, at, from) => operate(({ commands }) => writeStation(commands, contract, at, from)),
  recordProgress: (action, sentAt) => operate(({ commands }) => recordProgress(commands, action, sentAt)),
  listStations: () => operate(({ commands }) => listStations(commands)),
});

import type { Journal } from '../../../shared/journal/journal.ts';
import {
  AT,
  makeAttempt,
  makeContract,
  makeDefinition,
  makeHead,
  makeSnapshot,
  newName,
  newWorkflowId,
} from './bench.ts';

export type Method = Exclude<keyof Journal, 'close'>;

/** Every method of the port once, for what is true of all of them. */
export const CALLS: Readonly<Record<Method, (journal: Journal) => Promise<unknown>>> = {
  insertHeads: (journal) => journal.insertHeads([makeHead()]),
  insertAttempts: (journal) => journal.insertAttempts([makeAttempt(newWorkflowId(), 1, 1)]),
  insertSnapshots: (journal) => journal.insertSnapshots([makeSnapshot(newWorkflowId(), 1)]),
  settleAttempt: (journal) => journal.settleAttempt(`${newWorkflowId()}/00001/00001`, { fate: 'void', at: AT }),
  changeHeads: (journal) => journal.changeHeads([{ kind: 'resumed', workflowId: newWorkflowId(), step: 1 }]),
  readStep: (journal) => journal.readStep(newWorkflowId(), 1),
  readSnapshot: (journal) => journal.readSnapshot(newWorkflowId(), 1),
  findMoved: (journal) => journal.findMoved([{ workflowId: newWorkflowId(), step: 1 }]),
  readHead: (journal) => journal.readHead(newWorkflowId()),
  readHistory: (journal) => journal.readHistory(newWorkflowId()),
  findHeads: (journal) => journal.findHeads({}, 5),
  scanHistories: (journal) => journal.scanHistories()[Symbol.asyncIterator]().next(),
  join: (journal) => journal.join({ _id: newName(), host: '', pid: 1, actions: [] }),
  renew: (journal) => journal.renew(newName()),
  leave: (journal) => journal.leave(newName()),
  judgeHolder: (journal) => journal.judgeHolder(newName(), 1),
  registerDefinition: (journal) => journal.registerDefinition(makeDefinition(newName(), 1)),
  findDefinition: (journal) => journal.findDefinition(newName(), 1),
  latestDefinition: (journal) => journal.latestDefinition(newName()),
  listDefinitions: (journal) => journal.listDefinitions(),
  writeStation: (journal) => journal.writeStation(makeContract(newName()), AT),
  listStations: (journal) => journal.listStations(),
  ping: (journal) => journal.ping(),
};

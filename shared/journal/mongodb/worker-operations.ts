import type { WorkerJournal } from '../port/workers.ts';
import { joinWorker } from './join-worker.ts';
import { judgeHolder } from './judge-holder.ts';
import { leaveWorker } from './leave-worker.ts';
import type { Operate } from './operate.ts';
import { readWorkers } from './read-workers.ts';
import { removeDeaths } from './remove-deaths.ts';
import { renewWorker } from './renew-worker.ts';

export const workerOperations = (operate: Operate): WorkerJournal => ({
  join: (worker, intents) => operate(({ heartbeats }) => joinWorker(heartbeats, worker, intents)),
  renew: (workerId, intents) => operate(({ heartbeats }) => renewWorker(heartbeats, workerId, intents)),
  leave: (workerId) => operate(({ heartbeats }) => leaveWorker(heartbeats, workerId)),
  judgeHolder: (workerId, timeoutMs) => operate(({ commands }) => judgeHolder(commands, workerId, timeoutMs)),
  removeDeaths: (recordedBefore, limit) => operate(({ commands }) => removeDeaths(commands, recordedBefore, limit)),
  readWorkers: () => operate(({ commands }) => readWorkers(commands)),
});

import { Fatal } from '../../core/errors.ts';
import type { WorkerJournal } from '../port/workers.ts';
import type { Holder, LivingWorker, WorkerRecord } from '../records.ts';
import { copy } from './copy.ts';
import type { Open } from './open.ts';
import { sorted } from './records.ts';
import type { InMemoryStore } from './store.ts';

function join({ heartbeats, now }: InMemoryStore, worker: WorkerRecord, intents: readonly string[]): void {
  if (heartbeats.get(worker._id)?.state === 'dead') throw new Fatal('worker-dead', { worker: worker._id });
  heartbeats.set(worker._id, { ...copy(worker), state: 'alive', renewedAt: now, intents: copy(intents) });
}

function renew({ heartbeats, now }: InMemoryStore, workerId: string, intents: readonly string[]): boolean {
  const heartbeat = heartbeats.get(workerId);
  if (heartbeat?.state !== 'alive') return false;
  heartbeat.renewedAt = now;
  heartbeat.intents = copy(intents);
  return true;
}

function leave({ heartbeats }: InMemoryStore, workerId: string): void {
  if (heartbeats.get(workerId)?.state === 'alive') heartbeats.delete(workerId);
}

function judgeHolder(store: InMemoryStore, workerId: string, timeoutMs: number): Holder {
  const heartbeat = store.heartbeats.get(workerId);
  if (!heartbeat) return { kind: 'gone' };
  const ageMs = store.ageMs(heartbeat);
  if (heartbeat.state === 'alive' && ageMs < timeoutMs) return { kind: 'alive', ageMs };
  heartbeat.state = 'dead';
  heartbeat.diedAt ??= store.date;
  return { kind: 'dead' };
}

function removeDeaths({ heartbeats }: InMemoryStore, recordedBefore: Date, limit: number): number {
  const old = [...heartbeats]
    .filter(([, { diedAt }]) => diedAt && diedAt < recordedBefore)
    .slice(0, Math.max(0, limit));
  for (const [id] of old) heartbeats.delete(id);
  return old.length;
}

const readWorkers = (store: InMemoryStore): readonly LivingWorker[] =>
  sorted(store.heartbeats).flatMap((heartbeat) => {
    const { state, renewedAt: _, diedAt: __, ...worker } = heartbeat;
    return state === 'alive' ? [{ ...worker, ageMs: store.ageMs(heartbeat) }] : [];
  });

export const workerJournal = (open: Open): WorkerJournal => ({
  join: async (worker, intents) => join(open(), worker, intents),
  renew: async (workerId, intents) => renew(open(), workerId, intents),
  leave: async (workerId) => leave(open(), workerId),
  judgeHolder: async (workerId, timeoutMs) => judgeHolder(open(), workerId, timeoutMs),
  removeDeaths: async (recordedBefore, limit) => removeDeaths(open(), recordedBefore, limit),
  readWorkers: async () => readWorkers(open()),
});

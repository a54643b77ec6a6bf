import type { Holder, LivingWorker, WorkerRecord } from '../records.ts';

/** Who lives. */
export interface WorkerJournal {
  /**
   * A worker's first heartbeat, with the open intents that it has read before. Must be acknowledged before it consumes.
   * @throws Fatal `worker-dead` under a dead name
   */
  join(worker: WorkerRecord, intents: readonly string[]): Promise<void>;
  /**
   * Renews the heartbeat by the database's clock, and lists the open intents. The order is what cancellations rely on: read them, make
   * them known in the process, and only then renew. False: it is recorded dead or gone; it must give up at once.
   */
  renew(workerId: string, intents: readonly string[]): Promise<boolean>;
  /** Removes the heartbeat: the last act of a clean stop. A recorded death stays. */
  leave(workerId: string): Promise<void>;
  /** Whether a holder lives. One that has not renewed for `timeoutMs` by the database's clock is recorded dead first. */
  judgeHolder(workerId: string, timeoutMs: number): Promise<Holder>;
  /**
   * Removes some of the deaths that were recorded before a time, by the database's clock: at most `limit`; resolves to how many. Whoever asks for
   * such a holder is told `gone`, which is as good as dead: a name is used once.
   */
  removeDeaths(recordedBefore: Date, limit: number): Promise<number>;
  /**
   * Every worker whose death is not recorded, also one that should be judged. Complete for who has just been told that an intent is
   * inserted (`insertIntent`): whoever joins later has read that intent before.
   */
  readWorkers(): Promise<readonly LivingWorker[]>;
}

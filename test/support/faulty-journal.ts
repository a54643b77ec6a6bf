import type { Random } from '../../shared/core/clock.ts';
import { Unavailable } from '../../shared/core/errors.ts';
import type { Journal } from '../../shared/journal/journal.ts';

/** How likely each fault is, at every call. They may be changed while it runs: all 0 = healed, overload 1 = cut off. */
export interface JournalFaults {
  /** Nothing is done, and the caller is told so: `journal-unavailable`. */
  overload: number;
  /** Nothing is done, and the caller cannot know: `journal-unknown` of a write, `journal-unavailable` of a read. */
  timeout: number;
  /** The call is done, and the caller cannot know: as with `timeout`. */
  executedThenTimeout: number;
}

/** A journal whose calls fail by chance, in every way that the port allows. */
export class FaultyJournal implements Journal {
  readonly faults: JournalFaults;
  readonly #inner: Journal;
  readonly #random: Random;

  constructor(inner: Journal, faults: JournalFaults, random: Random) {
    this.faults = faults;
    this.#inner = inner;
    this.#random = random;
  }

  readonly insertHeads: Journal['insertHeads'] = (heads) => this.#write(() => this.#inner.insertHeads(heads));
  readonly insertAttempts: Journal['insertAttempts'] = (attempts) =>
    this.#write(() => this.#inner.insertAttempts(attempts));
  readonly insertSnapshots: Journal['insertSnapshots'] = (snapshots) =>
    this.#write(() => this.#inner.insertSnapshots(snapshots));
  readonly settleAttempt: Journal['settleAttempt'] = (attemptId, settlement) =>
    this.#write(() => this.#inner.settleAttempt(attemptId, settlement));
  readonly changeHeads: Journal['changeHeads'] = (changes) => this.#write(() => this.#inner.changeHeads(changes));

  readonly readStep: Journal['readStep'] = (workflowId, step) =>
    this.#read(() => this.#inner.readStep(workflowId, step));
  readonly readSnapshot: Journal['readSnapshot'] = (workflowId, step) =>
    this.#read(() => this.#inner.readSnapshot(workflowId, step));
  readonly findMoved: Journal['findMoved'] = (steps) => this.#read(() => this.#inner.findMoved(steps));
  readonly readHead: Journal['readHead'] = (workflowId) => this.#read(() => this.#inner.readHead(workflowId));
  readonly readHistory: Journal['readHistory'] = (workflowId) => this.#read(() => this.#inner.readHistory(workflowId));
  readonly findHeads: Journal['findHeads'] = (filter, limit) => this.#read(() => this.#inner.findHeads(filter, limit));

  /** A scan is one call: it fails at its beginning, or not at all. */
  async *scanHistories(): ReturnType<Journal['scanHistories']> {
    yield* await this.#read(() => Promise.resolve(this.#inner.scanHistories()));
  }

  readonly join: Journal['join'] = (worker) => this.#write(() => this.#inner.join(worker));
  readonly renew: Journal['renew'] = (workerId) => this.#write(() => this.#inner.renew(workerId));
  readonly leave: Journal['leave'] = (workerId) => this.#write(() => this.#inner.leave(workerId));
  readonly judgeHolder: Journal['judgeHolder'] = (workerId, timeoutMs) =>
    this.#write(() => this.#inner.judgeHolder(workerId, timeoutMs));

  readonly registerDefinition: Journal['registerDefinition'] = (record) =>
    this.#write(() => this.#inner.registerDefinition(record));
  readonly findDefinition: Journal['findDefinition'] = (name, version) =>
    this.#read(() => this.#inner.findDefinition(name, version));
  readonly latestDefinition: Journal['latestDefinition'] = (name) =>
    this.#read(() => this.#inner.latestDefinition(name));
  readonly listDefinitions: Journal['listDefinitions'] = () => this.#read(() => this.#inner.listDefinitions());
  readonly writeStation: Journal['writeStation'] = (contract, at) =>
    this.#write(() => this.#inner.writeStation(contract, at));
  readonly listStations: Journal['listStations'] = () => this.#read(() => this.#inner.listStations());

  readonly ping: Journal['ping'] = () => this.#read(() => this.#inner.ping());
  readonly close: Journal['close'] = () => this.#inner.close();

  #write<T>(call: () => Promise<T>): Promise<T> {
    return this.#answer('journal-unknown', call);
  }

  #read<T>(call: () => Promise<T>): Promise<T> {
    return this.#answer('journal-unavailable', call);
  }

  async #answer<T>(lost: 'journal-unknown' | 'journal-unavailable', call: () => Promise<T>): Promise<T> {
    const fault = this.#pick();
    if (fault === 'overload') throw injected('journal-unavailable', 'refused');
    if (fault === 'timeout') throw injected(lost, 'not done');
    const result = await call();
    if (fault === 'executedThenTimeout') throw injected(lost, 'done');
    return result;
  }

  #pick(): keyof JournalFaults | 'none' {
    let chance = this.#random.next();
    for (const fault of ['overload', 'timeout', 'executedThenTimeout'] as const) {
      chance -= this.faults[fault];
      if (chance < 0) return fault;
    }
    return 'none';
  }
}

const injected = (code: 'journal-unknown' | 'journal-unavailable', what: string): Unavailable =>
  new Unavailable(code, { operation: 'a call', problem: `injected: ${what}` });

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

type Lost = 'journal-unknown' | 'journal-unavailable';

/** What a caller is told when the answer is lost. `judgeHolder` may write; `scanHistories` and `close` are not single calls. */
const LOST: Readonly<Record<Exclude<keyof Journal, 'scanHistories' | 'close'>, Lost>> = {
  insertHeads: 'journal-unknown',
  changeHeads: 'journal-unknown',
  markRedriven: 'journal-unknown',
  removeWorkflows: 'journal-unknown',
  insertAttempts: 'journal-unknown',
  insertSnapshots: 'journal-unknown',
  settleAttempt: 'journal-unknown',
  insertWaits: 'journal-unknown',
  advanceWaits: 'journal-unknown',
  markTickets: 'journal-unknown',
  closeWaits: 'journal-unknown',
  insertNotifications: 'journal-unknown',
  pinNotifications: 'journal-unknown',
  settleNotifications: 'journal-unknown',
  removeNotifications: 'journal-unknown',
  insertIntents: 'journal-unknown',
  pinIntents: 'journal-unknown',
  closeIntents: 'journal-unknown',
  join: 'journal-unknown',
  renew: 'journal-unknown',
  leave: 'journal-unknown',
  judgeHolder: 'journal-unknown',
  removeDeaths: 'journal-unknown',
  registerDefinition: 'journal-unknown',
  writeStation: 'journal-unknown',
  recordProgress: 'journal-unknown',
  readStep: 'journal-unavailable',
  readSnapshot: 'journal-unavailable',
  findSnapshots: 'journal-unavailable',
  findAttempted: 'journal-unavailable',
  readCourses: 'journal-unavailable',
  readStands: 'journal-unavailable',
  findUsedNotifications: 'journal-unavailable',
  readHead: 'journal-unavailable',
  readHeads: 'journal-unavailable',
  readHistory: 'journal-unavailable',
  findHeads: 'journal-unavailable',
  findHeadsOf: 'journal-unavailable',
  scanHeads: 'journal-unavailable',
  findPastDeadline: 'journal-unavailable',
  readWaits: 'journal-unavailable',
  findOverdueWaits: 'journal-unavailable',
  findOpenWaits: 'journal-unavailable',
  countOpenWaits: 'journal-unavailable',
  findKeptFor: 'journal-unavailable',
  findNotifications: 'journal-unavailable',
  readIntent: 'journal-unavailable',
  openIntents: 'journal-unavailable',
  findIntents: 'journal-unavailable',
  readWorkers: 'journal-unavailable',
  findDefinition: 'journal-unavailable',
  latestDefinition: 'journal-unavailable',
  listDefinitions: 'journal-unavailable',
  listStations: 'journal-unavailable',
  ping: 'journal-unavailable',
};

/** A journal whose calls fail by chance, in every way that the port allows. */
export function faultyJournal(inner: Journal, faults: JournalFaults, random: Random): Journal {
  const answer = async <T>(lost: Lost, call: () => Promise<T>): Promise<T> => {
    const fault = pick(faults, random);
    if (fault === 'overload') throw injected('journal-unavailable', 'refused');
    if (fault === 'timeout') throw injected(lost, 'not done');
    const result = await call();
    if (fault === 'executedThenTimeout') throw injected(lost, 'done');
    return result;
  };
  /** A scan is one call: it fails at its beginning, or not at all. */
  async function* scanHistories(): ReturnType<Journal['scanHistories']> {
    yield* await answer('journal-unavailable', () => Promise.resolve(inner.scanHistories()));
  }
  return new Proxy(inner, {
    get: (target, name) => {
      if (name === 'scanHistories') return scanHistories;
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (!isCall(name)) return member.bind(target) as unknown;
      // Every method but the two above is asynchronous.
      return (...given: unknown[]) =>
        answer(LOST[name], () => Reflect.apply(member, target, given) as Promise<unknown>);
    },
  });
}

const isCall = (name: string | symbol): name is keyof typeof LOST => Object.hasOwn(LOST, name);

function pick(faults: JournalFaults, random: Random): keyof JournalFaults | 'none' {
  let chance = random.next();
  for (const fault of ['overload', 'timeout', 'executedThenTimeout'] as const) {
    chance -= faults[fault];
    if (chance < 0) return fault;
  }
  return 'none';
}

const injected = (code: Lost, what: string): Unavailable =>
  new Unavailable(code, { operation: 'a call', problem: `injected: ${what}` });

import { describe } from '@jest/globals';
import type { Journal } from '../../shared/journal/journal.ts';
import { closeContract } from './journal/close.ts';
import { courseContract } from './journal/course.ts';
import { definitionsContract } from './journal/definitions.ts';
import { headStatusContract } from './journal/head-status.ts';
import { headWalksContract } from './journal/head-walks.ts';
import { headsContract } from './journal/heads.ts';
import { insertContract } from './journal/insert.ts';
import { intentsContract } from './journal/intents.ts';
import { jsonContract } from './journal/json.ts';
import { notificationsContract } from './journal/notifications.ts';
import { readContract } from './journal/read.ts';
import { redrivenContract } from './journal/redriven.ts';
import { removalContract } from './journal/removal.ts';
import { settleContract } from './journal/settle.ts';
import { stationsContract } from './journal/stations.ts';
import { waitsContract } from './journal/waits.ts';
import { workersContract } from './journal/workers.ts';

/** What the adapter under test may do that another may not. */
export interface JournalFeatures {
  /** Whether a call of the test may be done several times, because the first outcome was unknown. */
  readonly repeats: boolean;
}

/** The adapter under test, with a store behind it that all its connections share. */
export interface JournalSetup {
  readonly features: JournalFeatures;
  /** A connection of its own, as one more process has it. The suite closes it. */
  connect(): Promise<Journal>;
  /** Resolves when at least so much time has passed on the store's clock. */
  passTime(ms: number): Promise<void>;
}

/** The second half of the journal port: what its comments promise, every adapter is held to. */
export function journalContract(name: string, setup: () => JournalSetup): void {
  describe(`journal contract: ${name}`, () => {
    insertContract(setup);
    settleContract(setup);
    headsContract(setup);
    headStatusContract(setup);
    headWalksContract(setup);
    redrivenContract(setup);
    removalContract(setup);
    readContract(setup);
    courseContract(setup);
    waitsContract(setup);
    notificationsContract(setup);
    intentsContract(setup);
    jsonContract(setup);
    workersContract(setup);
    definitionsContract(setup);
    stationsContract(setup);
    closeContract(setup);
  });
}

import type { Broker } from '../broker/broker.ts';
import type { LadderOptions } from '../contract/delay-ladder.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Journal } from '../journal/journal.ts';
import type { Contracts } from './contracts.ts';
import type { Definitions } from './definitions.ts';
import type { GroupedReads } from './journal-reads.ts';
import type { GroupedWrites } from './journal-writes.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { PausePoints } from './pause-points.ts';

/** What a process that takes part in a line works with. Adapters and platform are chosen by its main.ts, or by a test. */
export interface Line {
  readonly namespace: string;
  readonly broker: Broker;
  readonly journal: Journal;
  /** What is written to the journal for each message and each request, grouped. */
  readonly writes: GroupedWrites;
  /** What is read of it for each message, grouped. */
  readonly reads: GroupedReads;
  readonly definitions: Definitions;
  readonly contracts: Contracts;
  readonly ladder: LadderOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly points: PausePoints;
  /** RETENTION, milliseconds. */
  readonly retentionMs: number;
}

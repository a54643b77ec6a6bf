import { DEFAULT_LADDER } from '../contract/delay-ladder.ts';
import { Contracts } from './contracts.ts';
import { Definitions } from './definitions.ts';
import { groupReads } from './journal-reads.ts';
import { groupWrites } from './journal-writes.ts';
import type { Line } from './line.ts';
import { NO_PAUSES } from './pause-points.ts';

/** What differs between programs; the rest of a line follows from it. */
export type LineParts = Pick<
  Line,
  'namespace' | 'broker' | 'journal' | 'clock' | 'random' | 'log' | 'metrics' | 'retentionMs'
>;

/** A line over a broker and a journal that are connected already; whoever made them closes them. */
export const createLine = (parts: LineParts): Line => ({
  ...parts,
  writes: groupWrites(parts.journal, parts.metrics),
  reads: groupReads(parts.journal, parts.metrics),
  definitions: new Definitions(parts.journal, parts.clock),
  contracts: new Contracts(parts.journal, parts.clock),
  ladder: DEFAULT_LADDER,
  points: NO_PAUSES,
});

import type { Line } from './line.ts';
import type { RightToAct } from './right-to-act.ts';
import type { Sender } from './sender.ts';

/** Someone who acts on a line: a station, the intake, the steward, an operator. */
export interface Acting {
  readonly line: Line;
  readonly sender: Sender;
  /** Ends when this one may not act any more. */
  readonly right: RightToAct;
  /** The name under which it stands in the journal. */
  readonly workerId: string;
}

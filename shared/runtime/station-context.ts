import type { Action } from '../core/action.ts';
import type { Attempt, Fate, Settlement } from '../journal/records.ts';
import type { Acting } from './acting.ts';
import type { KnownIntents } from './known-intents.ts';
import type { CallsUnderWay } from './middleware/interruption.ts';
import type { PausePoint } from './pause-points.ts';

/** What the execution of a step works with: the line, the station's action, and the process's identity. */
export interface StationContext extends Acting {
  readonly action: Action;
  readonly livenessTimeoutMs: number;
  /** Calls of actions in this process, of all its stations: interrupted by a stop and by the loss of liveness. */
  readonly callsUnderWay: CallsUnderWay;
  /** Attempts that are this process's and not settled: what a fenced process tries to release. */
  readonly held: Map<string, Attempt>;
  /** Requests for cancellation that this process knows of. */
  readonly intents: KnownIntents;
  pause(point: PausePoint, at: Pick<Attempt, 'workflowId' | 'step' | 'attempt'>): Promise<void> | undefined;
  /** Sets an attempt's fate unless it has one; resolves to the fate that stands. */
  settle(attempt: Attempt, settlement: Omit<Settlement, 'at'>): Promise<Fate>;
}

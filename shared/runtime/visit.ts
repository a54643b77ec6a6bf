import type { Envelope } from '../contract/envelope.ts';
import type { WorkflowDefinition } from '../core/workflow-definition.ts';
import type { Undoing } from './undoing.ts';

/** An envelope's visit to its station, and how its attempt is to be performed. */
export interface Visit {
  readonly envelope: Envelope;
  /** Null when the journal has lost it: then the workflow is parked. */
  readonly definition: WorkflowDefinition | null;
  /** With nothing else in the process, because attempts before it were lost with theirs. */
  readonly alone: boolean;
  /** How often the message came back by the ladder, whatever the reason: see `RETURNS_HEADER`. */
  readonly returns: number;
  /** What it is to undo; absent when the action is to be performed. */
  readonly undoing?: Undoing;
}

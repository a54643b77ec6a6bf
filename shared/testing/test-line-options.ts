import type { Action } from '../core/action.ts';
import type { CancelAnswer } from '../core/cancellation.ts';
import type { Duration } from '../core/duration.ts';
import type { WorkflowDefinition } from '../core/workflow-definition.ts';
import type { Log } from '../runtime/log.ts';
import type { PausePoint } from '../runtime/pause-points.ts';
import type { WorkflowHandle } from './workflow-handle.ts';

export interface TestLineOptions {
  readonly actions: readonly Action[];
  readonly workflows: readonly WorkflowDefinition[];
  /**
   * On real servers, by how much the declared durations of waits, polls, retries and deadlines are divided, and those that `advance` is
   * given: 1,000,000 makes thirty days of 2.6 s. In memory it has no effect. Default 1.
   */
  readonly timeScale?: number;
  /** In memory: what chance is drawn from, e.g. the jitter of retries. The same seed, the same course. Default: always the same. */
  readonly seed?: string;
  /** In memory: how long, in real time, virtual time stands still for an action that has not returned. Default 1 s. */
  readonly patience?: Duration;
  /** Whether `close` proves the guarantees. Default true. */
  readonly audit?: boolean;
  /** What the line's processes write. Default: nothing. */
  readonly log?: Log;
  /** Where CONVEYOR_TEST, AMQP_URL and MONGODB_URL are read from. Default: `process.env`. */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface StartOptions {
  /** The business key. Default: one that no other workflow of this line has. */
  readonly key?: string;
  /** The id of the start event: the same again starts nothing. Default: a new one each time. */
  readonly id?: string;
  /** Default: the highest. */
  readonly version?: number;
}

/** Whom a notification or a cancellation is for: a workflow of the test, or whatever has that business key. */
export type To = WorkflowHandle | { readonly key: string; readonly workflow: string };

/** A request for cancellation. */
export interface CancelRequest {
  /** The one answer to it; undefined while it is considered, which takes a second or two: `advance` by some. */
  answer(): Promise<CancelAnswer | undefined>;
}

export interface KillOptions {
  /**
   * Kill it the next time that it comes to this point of a step, e.g. `performed`: the action has returned, and nobody else knows. Default: now.
   */
  readonly at?: PausePoint;
  /** Whether another worker comes by itself, as under Kubernetes; otherwise `startWorker` brings one. Default true. */
  readonly restart?: boolean;
}

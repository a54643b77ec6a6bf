import type { z } from 'zod';
import type { ActionCall, CompensateCall, PollCall } from './action-calls.ts';
import type { Duration } from './duration.ts';
import type { JsonObject, JsonSchema } from './json.ts';
import type { CompensateOutcome, Completed, Failed, Outcome, Pending, PollOutcome, Retry, Waiting } from './outcome.ts';
import type { PollingPolicy } from './polling-policy.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** The notifications of an action: names, and the schemas of their payloads. */
export type NotificationSchemas = Readonly<Record<string, z.ZodObject>>;

/** What `defineAction` takes. */
export interface ActionSpec<
  Name extends string,
  Input extends z.ZodObject,
  Changes extends z.ZodObject,
  Code extends string,
  Result extends Outcome<Immutable<z.input<Changes>>, Code, keyof Notifications & string>,
  Notifications extends NotificationSchemas,
  Answer extends PollOutcome<Immutable<z.input<Changes>>, Code>,
> {
  /** `[a-z][a-z0-9-]{0,63}`; also the name of its station and queue. */
  readonly name: Name;
  /** The fields of the data that it needs. No transforms, no refinements: the contract is stored as JSON Schema. */
  readonly input: Input;
  /** The fields of the data that it sets. */
  readonly changes: Changes;
  /** Its negative ends: finite, named, terminal for the step. Default: none. */
  readonly failures?: readonly Code[];
  /**
   * What may complete its waits from outside, by name: the payload is the change set, so its fields are fields of the data.
   * Who sends one knows this schema: no field beside it is taken, and no default is filled in. Default: none.
   */
  readonly notifications?: Notifications;
  /** After this its signal is aborted and the attempt counts as failed. Default 30 s, at most 20 min. */
  readonly timeout?: Duration;
  /** How many are performed at once in one process. Default 10. */
  readonly concurrency?: number;
  readonly retry?: RetrySpec;
  readonly polling?: PollingSpec;
  run(call: ActionCall<z.output<Input>>): Promise<Result & Declared<Result, z.input<Changes>>>;
  /** Asks what became of a wait. */
  poll?(call: PollCall<z.output<Input>>): Promise<Answer & Declared<Answer, z.input<Changes>>>;
  /** Asks about many waits in one call. Says of each in the order of the calls. Instead of `poll`. */
  pollMany?(
    calls: readonly PollCall<z.output<Input>>[],
  ): Promise<readonly (Answer & Declared<Answer, z.input<Changes>>)[]>;
  /** Undoes what `run` did, after a cancellation or a failure. Must tolerate that there is nothing to undo. */
  compensate?(
    call: CompensateCall<z.output<Input>, z.output<Changes> | z.output<Notifications[keyof Notifications]>>,
  ): Promise<CompensateOutcome>;
}

/** How failed attempts are repeated: after exponential backoff with full jitter. */
export interface RetrySpec {
  /** Failed attempts until the workflow is parked, the first one included. Default 8. 1: it may not be repeated. */
  readonly maxAttempts?: number;
  /** Upper bound of the first delay; it doubles with each failure. Default 1 s. */
  readonly backoff?: Duration;
  /** No delay is longer. Default 5 min. */
  readonly maxBackoff?: Duration;
}

/** How waits are polled: with exponential backoff and jitter. */
export interface PollingSpec {
  /** Upper bound of the pause after the first poll; it doubles with each poll. Default 10 s. */
  readonly backoff?: Duration;
  /** No pause is longer. Default 5 min. */
  readonly maxBackoff?: Duration;
  /** How many waits one call of `pollMany` is about at most (default 100), and how long it gathers them (default 200 ms). */
  readonly gather?: { readonly most?: number; readonly within?: Duration };
}

/** What may be read but not written, all the way down: literals that an action returns are `readonly`. */
export type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

/** Makes an outcome whose change set has an undeclared field fail to compile: that field would have to be `never`. */
export type Declared<Result, Changes> = [UndeclaredField<Result, Changes>] extends [never]
  ? unknown
  :
      | Completed<{ readonly [Field in UndeclaredField<Result, Changes>]?: never }>
      | Failed<string>
      | Retry
      | Waiting
      | Pending;
type UndeclaredField<Result, Changes> =
  Result extends Completed<infer Given> ? Exclude<keyof Given, keyof Changes> : never;

/** A checked action, as `defineAction` returns it and a worker hosts it. The types of its contract are kept for tests and definitions. */
export interface Action<Name extends string = string, Code extends string = string> {
  readonly name: Name;
  readonly failures: readonly Code[];
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly retry: RetryPolicy;
  /** The stored form of the contract. */
  readonly contract: ActionContract;
  /** Checks and picks the action's input from the workflow's data. */
  parseInput(data: JsonObject): Parsed;
  /** Checks a change set: undeclared fields are refused. */
  parseChanges(changes: unknown): Parsed;
  run(call: ActionCall<JsonObject>): Promise<unknown>;
  /** How its waits are polled; absent when the action has nothing to poll with. */
  readonly polling?: Polling;
  /** Undoes a step; absent when the action has nothing to undo. */
  compensate?(call: CompensateCall<JsonObject, JsonObject>): Promise<unknown>;
}

/** How an action's waits are polled, be it one by one or many at once. */
export interface Polling extends PollingPolicy {
  /** Gets `most` calls at most; should return a list as long, whose items stand in the order of the calls. */
  poll(calls: readonly PollCall<JsonObject>[]): Promise<unknown>;
}

export type Parsed =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly problem: string };

/** An action's contract as data: stored in `stations` when its worker starts, read by whoever registers a definition. */
export interface ActionContract {
  readonly name: string;
  /** JSON Schema 2020-12 of the input, type `object`. */
  readonly input: JsonSchema;
  /** JSON Schema 2020-12 of the change set, type `object`, no additional properties. */
  readonly changes: JsonSchema;
  readonly failures: readonly string[];
  /** By name, JSON Schema 2020-12 of the payload, type `object`, no additional properties. */
  readonly notifications: Readonly<Record<string, JsonSchema>>;
  /** Whether it has a `poll`. */
  readonly polls: boolean;
  /** Whether it has a `compensate`. */
  readonly compensates: boolean;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
}

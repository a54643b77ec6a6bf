import type { z } from 'zod';
import type { Duration } from './duration.ts';
import type { JsonObject } from './json.ts';
import type { Completed, Failed, Outcome, Retry } from './outcome.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** A logger that stands for one attempt: workflow, step and attempt are on every line already. */
export interface ActionLog {
  debug(details: Record<string, unknown>, message: string): void;
  info(details: Record<string, unknown>, message: string): void;
  warn(details: Record<string, unknown>, message: string): void;
  error(details: Record<string, unknown>, message: string): void;
}

/** What an action gets to do its work with. */
export interface ActionCall<Input> {
  /** The fields of the workflow's data that the action's input schema declares, checked. */
  readonly input: Input;
  /** The same for every attempt of this step, different for every other step: pass it to the downstream. */
  readonly idempotencyKey: string;
  /** Aborts at the timeout and when the process must give up. Pass it to everything that waits. */
  readonly signal: AbortSignal;
  /** 1 for the first attempt of the step. Rises, but with gaps: lost workers and deploys use numbers up, too. */
  readonly attempt: number;
  readonly workflowId: string;
  readonly businessKey: string;
  readonly log: ActionLog;
}

/** What `defineAction` takes. */
export interface ActionSpec<
  Name extends string,
  Input extends z.ZodObject,
  Changes extends z.ZodObject,
  Code extends string,
  Result extends Outcome<Immutable<z.input<Changes>>, Code>,
> {
  /** `[a-z][a-z0-9-]{0,63}`; also the name of its station and queue. */
  readonly name: Name;
  /** The fields of the data that it needs. No transforms, no refinements: the contract is stored as JSON Schema. */
  readonly input: Input;
  /** The fields of the data that it sets. */
  readonly changes: Changes;
  /** Its negative ends: finite, named, terminal for the step. Default: none. */
  readonly failures?: readonly Code[];
  /** After this its signal is aborted and the attempt counts as failed. Default 30 s, at most 20 min. */
  readonly timeout?: Duration;
  /** How many are performed at once in one process. Default 10. */
  readonly concurrency?: number;
  readonly retry?: RetrySpec;
  run(call: ActionCall<z.output<Input>>): Promise<Result & Declared<Result, z.input<Changes>>>;
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

/** What may be read but not written, all the way down: literals that an action returns are `readonly`. */
export type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

/** Makes an outcome whose change set has an undeclared field fail to compile: that field would have to be `never`. */
export type Declared<Result, Changes> = [UndeclaredField<Result, Changes>] extends [never]
  ? unknown
  : Completed<{ readonly [Field in UndeclaredField<Result, Changes>]?: never }> | Failed<string> | Retry;
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
}

export type Parsed =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly problem: string };

/** An action's contract as data: stored in `stations` when its worker starts, read by whoever registers a definition. */
export interface ActionContract {
  readonly name: string;
  /** JSON Schema 2020-12 of the input, type `object`. */
  readonly input: Readonly<Record<string, unknown>>;
  /** JSON Schema 2020-12 of the change set, type `object`, no additional properties. */
  readonly changes: Readonly<Record<string, unknown>>;
  readonly failures: readonly string[];
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
}

import type { z } from 'zod';
import type { Action, ActionContract, ActionSpec, Immutable, NotificationSchemas, RetrySpec } from './action.ts';
import type { ActionCall, CompensateCall } from './action-calls.ts';
import { nameProblems, notificationProblems, operatingProblems } from './action-checks.ts';
import { pollingOf } from './action-polling.ts';
import { changesParser, inputParser } from './contract-parsing.ts';
import { inexpressible, toJsonSchema } from './contract-schema.ts';
import { durationMs } from './duration.ts';
import { Refused } from './errors.ts';
import { deepFreeze } from './json.ts';
import type { Outcome, PollOutcome } from './outcome.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from './retry-policy.ts';

// oxlint-disable-next-line typescript/no-generated-empty-object-type -- it is meant: no name is declared
type NoNotifications = Readonly<Record<never, never>>;

/** What a spec's `compensate` is called with. */
type Undoing<Spec extends { compensate?(call: never): unknown }> = Parameters<NonNullable<Spec['compensate']>>[0];

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_CONCURRENCY = 10;

/**
 * Makes an action out of its contract, its operating limits and its work. What TypeScript can see does not compile when
 * it is wrong: `run` may only complete with declared changes, fail with declared codes and wait for declared notifications.
 * The result is frozen.
 * @throws Refused `action-invalid`, listing every problem and what to do; `duration-invalid`
 */
export function defineAction<
  const Name extends string,
  Input extends z.ZodObject,
  Changes extends z.ZodObject,
  Result extends Outcome<Immutable<z.input<Changes>>, Code, keyof Notifications & string>,
  const Code extends string = never,
  Notifications extends NotificationSchemas = NoNotifications,
  Answer extends PollOutcome<Immutable<z.input<Changes>>, Code> = PollOutcome<Immutable<z.input<Changes>>, Code>,
>(spec: ActionSpec<Name, Input, Changes, Code, Result, Notifications, Answer>): Action<Name, Code> {
  const failures = [...(spec.failures ?? [])];
  const notifications: NotificationSchemas = spec.notifications ?? {};
  const timeoutMs = spec.timeout === undefined ? DEFAULT_TIMEOUT_MS : durationMs(spec.timeout, `${spec.name}.timeout`);
  const concurrency = spec.concurrency ?? DEFAULT_CONCURRENCY;
  const retry = retryPolicy(spec.name, spec.retry);
  const { polling, problems: pollingProblems } = pollingOf(spec);
  const problems = [
    ...nameProblems(spec.name),
    ...inexpressible(spec.input, 'input', { defaults: 'filled-in' }),
    ...inexpressible(spec.changes, 'changes', { defaults: 'filled-in' }),
    ...notificationProblems(notifications),
    ...operatingProblems({ failures, timeoutMs, concurrency, retry }),
    ...pollingProblems,
  ];
  if (problems.length > 0) throw new Refused('action-invalid', { action: spec.name, problem: problems.join(' ') });

  // Whatever the spec says about undeclared fields: input is picked from the data, changes are refused.
  const input = spec.input.strip();
  const changes = spec.changes.strict();
  const compensates = spec.compensate !== undefined;
  const contract: ActionContract = deepFreeze({
    name: spec.name,
    input: toJsonSchema(input, 'input'),
    changes: toJsonSchema(changes, 'output'),
    failures,
    notifications: Object.fromEntries(
      Object.entries(notifications).map(([name, payload]) => [name, toJsonSchema(payload.strict(), 'output')]),
    ),
    polls: polling !== undefined,
    compensates,
    timeoutMs,
    retry,
  });
  return Object.freeze({
    name: spec.name,
    failures,
    timeoutMs,
    concurrency,
    retry,
    contract,
    parseInput: inputParser(input),
    parseChanges: changesParser(changes),
    // The worker passes what parseInput returned, which is what the input schema puts out; and as changes what the journal
    // holds of a completion, which was checked against the contract before it was written.
    run: (call: ActionCall<unknown>) => spec.run(call as ActionCall<z.output<Input>>),
    ...(polling && { polling: Object.freeze(polling) }),
    ...(compensates && {
      compensate: async (call: CompensateCall<unknown, unknown>) => spec.compensate?.(call as Undoing<typeof spec>),
    }),
  });
}

function retryPolicy(name: string, retry: RetrySpec = {}): RetryPolicy {
  const ms = (field: 'backoff' | 'maxBackoff', otherwise: number): number => {
    const text = retry[field];
    return text === undefined ? otherwise : durationMs(text, `${name}.retry.${field}`);
  };
  return {
    maxAttempts: retry.maxAttempts ?? DEFAULT_RETRY_POLICY.maxAttempts,
    backoffMs: ms('backoff', DEFAULT_RETRY_POLICY.backoffMs),
    maxBackoffMs: ms('maxBackoff', DEFAULT_RETRY_POLICY.maxBackoffMs),
  };
}

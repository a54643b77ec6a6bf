import type { z } from 'zod';
import type { Action, ActionCall, ActionContract, ActionSpec, Immutable, RetrySpec } from './action.ts';
import { changesParser, inputParser } from './contract-parsing.ts';
import { inexpressible, toJsonSchema } from './contract-schema.ts';
import { durationMs } from './duration.ts';
import { CATALOGUE, Refused } from './errors.ts';
import { deepFreeze } from './json.ts';
import { LIMITS } from './limits.ts';
import { NAME_PATTERN } from './names.ts';
import type { Outcome } from './outcome.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from './retry-policy.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_CONCURRENCY = 10;

/**
 * Makes an action out of its contract, its operating limits and its work. What TypeScript can see does not compile when
 * it is wrong: `run` may only complete with declared changes and fail with declared codes. The result is frozen.
 * @throws Refused `action-invalid`, listing every problem and what to do; `duration-invalid`
 */
export function defineAction<
  const Name extends string,
  Input extends z.ZodObject,
  Changes extends z.ZodObject,
  Result extends Outcome<Immutable<z.input<Changes>>, Code>,
  const Code extends string = never,
>(spec: ActionSpec<Name, Input, Changes, Code, Result>): Action<Name, Code> {
  const failures = [...(spec.failures ?? [])];
  const timeoutMs = spec.timeout === undefined ? DEFAULT_TIMEOUT_MS : durationMs(spec.timeout, `${spec.name}.timeout`);
  const concurrency = spec.concurrency ?? DEFAULT_CONCURRENCY;
  const retry = retryPolicy(spec.name, spec.retry);
  const problems = [
    ...nameProblems(spec.name),
    ...inexpressible(spec.input, 'input', { defaults: 'filled-in' }),
    ...inexpressible(spec.changes, 'changes', { defaults: 'filled-in' }),
    ...failureProblems(failures),
    ...timeoutProblems(timeoutMs),
    ...concurrencyProblems(concurrency),
    ...retryProblems(retry),
  ];
  if (problems.length > 0) throw new Refused('action-invalid', { action: spec.name, problem: problems.join(' ') });

  // Whatever the spec says about undeclared fields: input is picked from the data, changes are refused.
  const input = spec.input.strip();
  const changes = spec.changes.strict();
  const contract: ActionContract = deepFreeze({
    name: spec.name,
    input: toJsonSchema(input, 'input'),
    changes: toJsonSchema(changes, 'output'),
    failures,
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
    // The worker passes what parseInput returned, which is what the input schema puts out.
    run: (call: ActionCall<unknown>) => spec.run(call as ActionCall<z.output<Input>>),
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

const nameProblems = (name: string): string[] =>
  NAME_PATTERN.test(name) ? [] : ['The name becomes a routing key and a queue: write it as [a-z][a-z0-9-]{0,63}.'];

function failureProblems(codes: readonly string[]): string[] {
  return codes.flatMap((code, index) => {
    if (!NAME_PATTERN.test(code)) return [`The failure code "${code}" must match [a-z][a-z0-9-]{0,63}.`];
    if (Object.hasOwn(CATALOGUE, code)) return [`The failure code "${code}" is the engine's own: choose another.`];
    return codes.indexOf(code) < index ? [`The failure code "${code}" is declared twice.`] : [];
  });
}

const timeoutProblems = (timeoutMs: number): string[] =>
  timeoutMs >= 1 && timeoutMs <= LIMITS.timeoutMs
    ? []
    : ['The timeout must be from 1 ms to 20 minutes: the broker takes a message back that is held for 30.'];

const concurrencyProblems = (concurrency: number): string[] =>
  Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= LIMITS.concurrency
    ? []
    : [`The concurrency must be a whole number from 1 to ${LIMITS.concurrency}.`];

function retryProblems({ maxAttempts, backoffMs, maxBackoffMs }: RetryPolicy): string[] {
  const problems: string[] = [];
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1 || maxAttempts > LIMITS.maxAttempts) {
    problems.push(`retry.maxAttempts must be a whole number from 1 to ${LIMITS.maxAttempts}.`);
  }
  if (maxBackoffMs > LIMITS.backoffMs) problems.push('retry.maxBackoff may be 30 days at most.');
  if (backoffMs > maxBackoffMs) problems.push('retry.backoff may not be longer than retry.maxBackoff.');
  return problems;
}

import { z } from 'zod';
import type { Action, ActionContract, ActionSpec, Immutable, Parsed } from './action.ts';
import { contractSchema } from './contract-schema.ts';
import { durationMs } from './duration.ts';
import { Refused } from './errors.ts';
import type { JsonObject } from './json.ts';
import { LIMITS } from './limits.ts';
import { NAME_PATTERN } from './names.ts';
import type { Outcome } from './outcome.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from './retry-policy.ts';

const DEFAULT_TIMEOUT = '30s';
const DEFAULT_CONCURRENCY = 10;

/**
 * Makes an action out of its contract, its operating limits and its work. What TypeScript can see does not compile when it
 * is wrong: `run` may only complete with the declared changes and fail with the declared codes.
 * @throws Refused `action-invalid` or `duration-invalid`, saying what to do
 */
export function defineAction<
  const Name extends string,
  Input extends z.ZodObject,
  Changes extends z.ZodObject,
  Result extends Outcome<Immutable<z.input<Changes>>, Code>,
  const Code extends string = never,
>(spec: ActionSpec<Name, Input, Changes, Code, Result>): Action<Name, Code> {
  const refuse = (problem: string): never => {
    throw new Refused('action-invalid', { action: spec.name, problem });
  };
  const failures: readonly Code[] = spec.failures ?? [];
  const timeoutMs = durationMs(spec.timeout ?? DEFAULT_TIMEOUT, `${spec.name}.timeout`);
  const concurrency = spec.concurrency ?? DEFAULT_CONCURRENCY;
  const retry: RetryPolicy = {
    maxAttempts: spec.retry?.maxAttempts ?? DEFAULT_RETRY_POLICY.maxAttempts,
    backoffMs: spec.retry?.backoff
      ? durationMs(spec.retry.backoff, `${spec.name}.retry.backoff`)
      : DEFAULT_RETRY_POLICY.backoffMs,
    maxBackoffMs: spec.retry?.maxBackoff
      ? durationMs(spec.retry.maxBackoff, `${spec.name}.retry.maxBackoff`)
      : DEFAULT_RETRY_POLICY.maxBackoffMs,
  };
  if (!NAME_PATTERN.test(spec.name)) refuse('the name must match [a-z][a-z0-9-]{0,63}.');
  if (timeoutMs > LIMITS.timeoutMs) refuse('the timeout may be 20 minutes at most.');
  if (!Number.isInteger(concurrency) || concurrency < 1) refuse('concurrency must be a whole number from 1 on.');

  const input = spec.input.strip();
  const changes = spec.changes.strict();
  const contract: ActionContract = {
    name: spec.name,
    input: contractSchema(input, 'input', refuse),
    changes: contractSchema(changes, 'changes', refuse),
    failures,
    timeoutMs,
    retry,
  };
  return Object.freeze({
    name: spec.name,
    failures,
    timeoutMs,
    concurrency,
    retry,
    contract,
    parseInput: (data: JsonObject) => parsed(input, data),
    parseChanges: (given: unknown) => parsed(changes, given),
    // The worker passes what parseInput returned, so the input has the declared type.
    run: spec.run as Action<Name, Code>['run'],
  });
}

function parsed(schema: z.ZodObject, given: unknown): Parsed {
  const result = schema.safeParse(given);
  if (result.success) return { ok: true, value: result.data as JsonObject };
  return { ok: false, problem: z.prettifyError(result.error) };
}

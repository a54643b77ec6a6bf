import type { Polling, PollingSpec } from './action.ts';
import type { PollCall } from './action-calls.ts';
import { durationMs } from './duration.ts';
import { LIMITS } from './limits.ts';
import { DEFAULT_POLLING_POLICY, type PollingPolicy } from './polling-policy.ts';

/** How a spec says that waits are polled: one by one, or many at once. */
interface Pollable<Input> {
  readonly name: string;
  readonly polling?: PollingSpec;
  readonly poll?: (call: PollCall<Input>) => Promise<unknown>;
  readonly pollMany?: (calls: readonly PollCall<Input>[]) => Promise<readonly unknown[]>;
}

/** How an action's waits are polled, and what is wrong with what the spec says of it; no `polling` when it cannot poll. */
export function pollingOf<Input>(spec: Pollable<Input>): {
  readonly polling?: Polling;
  readonly problems: readonly string[];
} {
  const policy = policyOf(spec);
  const problems = problemsOf(spec, policy);
  // The worker passes what parseInput returned, which is what the input schema puts out.
  const typed = (calls: readonly PollCall<unknown>[]) => calls as readonly PollCall<Input>[];
  if (spec.pollMany) return { polling: { ...policy, poll: async (calls) => spec.pollMany?.(typed(calls)) }, problems };
  if (!spec.poll) return { problems };
  const each = (calls: readonly PollCall<unknown>[]) =>
    Promise.all(typed(calls).map(async (call) => spec.poll?.(call)));
  return { polling: { ...policy, most: 1, withinMs: 0, poll: each }, problems };
}

function policyOf<Input>({ name, polling = {} }: Pollable<Input>): PollingPolicy {
  const { backoff, maxBackoff, gather = {} } = polling;
  const ms = (text: string | undefined, field: string, otherwise: number): number =>
    text === undefined ? otherwise : durationMs(text, `${name}.polling.${field}`);
  return {
    backoffMs: ms(backoff, 'backoff', DEFAULT_POLLING_POLICY.backoffMs),
    maxBackoffMs: ms(maxBackoff, 'maxBackoff', DEFAULT_POLLING_POLICY.maxBackoffMs),
    most: gather.most ?? DEFAULT_POLLING_POLICY.most,
    withinMs: ms(gather.within, 'gather.within', DEFAULT_POLLING_POLICY.withinMs),
  };
}

function problemsOf<Input>({ poll, pollMany, polling }: Pollable<Input>, policy: PollingPolicy): readonly string[] {
  const { backoffMs, maxBackoffMs, most, withinMs } = policy;
  const problems: string[] = [];
  if (poll && pollMany) problems.push('Give it poll or pollMany, not both: one of them would never be called.');
  if (polling && !poll && !pollMany)
    problems.push('It has nothing to poll with: add poll or pollMany, or remove polling.');
  if (polling?.gather && !pollMany) problems.push('polling.gather is for pollMany: write that instead of poll.');
  if (backoffMs < 1) problems.push('polling.backoff must be 1 ms at least: a poll must not follow itself at once.');
  if (backoffMs > maxBackoffMs) problems.push('polling.backoff may not be longer than polling.maxBackoff.');
  if (maxBackoffMs > LIMITS.backoffMs) problems.push('polling.maxBackoff may be 30 days at most.');
  if (!Number.isInteger(most) || most < 1 || most > LIMITS.gather) {
    problems.push(`polling.gather.most must be a whole number from 1 to ${LIMITS.gather}.`);
  }
  if (withinMs > LIMITS.gatherMs) problems.push('polling.gather.within may be 60 seconds at most.');
  return problems;
}

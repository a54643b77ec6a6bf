import type { NotificationSchemas } from './action.ts';
import { inexpressible } from './contract-schema.ts';
import { CATALOGUE } from './errors.ts';
import { LIMITS } from './limits.ts';
import { NAME_PATTERN } from './names.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** The limits under which an action is performed. */
interface Operating {
  readonly failures: readonly string[];
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly retry: RetryPolicy;
}

/** Everything that is wrong with an action's limits and failures; each says what to do. */
export const operatingProblems = ({ failures, timeoutMs, concurrency, retry }: Operating): string[] => [
  ...failureProblems(failures),
  ...timeoutProblems(timeoutMs),
  ...concurrencyProblems(concurrency),
  ...retryProblems(retry),
];

/** Everything that is wrong with an action's notifications. They are checked by processes that only have the stored form. */
export function notificationProblems(notifications: NotificationSchemas): string[] {
  const names = Object.keys(notifications);
  const tooMany =
    names.length > LIMITS.notifications ? [`An action may declare ${LIMITS.notifications} notifications at most.`] : [];
  return [
    ...tooMany,
    ...Object.entries(notifications).flatMap(([name, payload]) => [
      ...(NAME_PATTERN.test(name)
        ? []
        : [`The notification "${name}" becomes a routing key: write it as [a-z][a-z0-9-]{0,63}.`]),
      ...inexpressible(payload, `notifications.${name}`, { defaults: 'refused' }),
    ]),
  ];
}

export const nameProblems = (name: string): string[] =>
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

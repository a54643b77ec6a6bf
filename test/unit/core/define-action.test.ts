import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { ActionCall, CompensateCall, PollCall } from '../../../shared/core/action-calls.ts';
import { defineAction } from '../../../shared/core/define-action.ts';
import { completed, pending } from '../../../shared/core/outcome.ts';

const define = (overrides: object = {}) =>
  defineAction({
    name: 'authorize-payment',
    input: z.object({ orderId: z.string(), amount: z.int().positive() }),
    changes: z.object({ authorizationId: z.string() }),
    failures: ['card-declined'],
    run: async ({ input }) => completed({ authorizationId: input.orderId }),
    ...overrides,
  });

const polls = { pollMany: async () => [] };

describe('defineAction', () => {
  it('fills in the defaults that the documents name', () => {
    const { timeoutMs, concurrency, retry, failures } = define({ failures: undefined });
    expect({ timeoutMs, concurrency, retry, failures }).toEqual({
      timeoutMs: 30_000,
      concurrency: 10,
      retry: { maxAttempts: 8, backoffMs: 1_000, maxBackoffMs: 300_000 },
      failures: [],
    });
  });

  it('turns durations into milliseconds', () => {
    const action = define({ timeout: '1.5s', retry: { maxAttempts: 3, backoff: '0ms', maxBackoff: '2h' } });
    expect(action.timeoutMs).toBe(1_500);
    expect(action.retry).toEqual({ maxAttempts: 3, backoffMs: 0, maxBackoffMs: 7_200_000 });
  });

  it('keeps the contract as data: JSON Schema, codes and limits', () => {
    const { contract } = define({ timeout: '10s' });
    expect(contract).toEqual({
      name: 'authorize-payment',
      input: {
        type: 'object',
        properties: {
          orderId: { type: 'string' },
          amount: { type: 'integer', exclusiveMinimum: 0, maximum: Number.MAX_SAFE_INTEGER },
        },
        required: ['orderId', 'amount'],
      },
      changes: {
        type: 'object',
        properties: { authorizationId: { type: 'string' } },
        required: ['authorizationId'],
        additionalProperties: false,
      },
      failures: ['card-declined'],
      notifications: {},
      polls: false,
      compensates: false,
      timeoutMs: 10_000,
      retry: { maxAttempts: 8, backoffMs: 1_000, maxBackoffMs: 300_000 },
    });
    expect(JSON.parse(JSON.stringify(contract))).toEqual(contract);
  });

  it('is frozen, to the bottom of its contract', () => {
    const action = define();
    const parts = [
      action,
      action.contract,
      action.contract.failures,
      action.contract.input['properties'],
      action.retry,
    ];
    expect(parts.every(Object.isFrozen)).toBe(true);
  });

  it('runs the work with what it is called with', async () => {
    const call = { input: { orderId: 'o-1', amount: 1 } } as unknown as ActionCall<never>;
    await expect(define().run(call)).resolves.toEqual({ kind: 'completed', changes: { authorizationId: 'o-1' } });
  });

  it('keeps of notifications, polls and compensation what others must know', () => {
    const { contract } = define({
      notifications: { paid: z.object({ at: z.string(), note: z.string().optional() }) },
      poll: async () => pending(),
      compensate: async () => completed({}),
    });
    expect(contract).toMatchObject({
      notifications: {
        paid: {
          type: 'object',
          properties: { at: { type: 'string' }, note: { type: 'string' } },
          required: ['at'],
          additionalProperties: false,
        },
      },
      polls: true,
      compensates: true,
    });
    expect(JSON.parse(JSON.stringify(contract))).toEqual(contract);
  });

  it('polls one by one, or many at once, as often as the documents say', async () => {
    const one = define({ poll: async ({ input }: { input: { orderId: string } }) => completed(input.orderId) });
    const many = define({ pollMany: async (calls: unknown[]) => [calls.length], polling: { gather: { most: 7 } } });
    const call = { input: { orderId: 'o-1' } } as unknown as PollCall<never>;
    expect(one.polling).toMatchObject({ backoffMs: 10_000, maxBackoffMs: 300_000, most: 1, withinMs: 0 });
    expect(many.polling).toMatchObject({ backoffMs: 10_000, maxBackoffMs: 300_000, most: 7, withinMs: 200 });
    await expect(one.polling?.poll([call])).resolves.toEqual([completed('o-1')]);
    await expect(many.polling?.poll([call, call])).resolves.toEqual([2]);
    expect(define().polling).toBeUndefined();
  });

  it('undoes with what it is called with', async () => {
    const action = define({ compensate: async ({ undoneKey }: { undoneKey: string }) => completed({ undoneKey }) });
    const call = { undoneKey: 'w/00001' } as unknown as CompensateCall<never, never>;
    await expect(action.compensate?.(call)).resolves.toEqual(completed({ undoneKey: 'w/00001' }));
    expect(define()).not.toHaveProperty('compensate');
  });

  it.each([
    ['a name with capitals', { name: 'Pay' }, 'The name becomes a routing key and a queue'],
    ['a name with a dot', { name: 'pay.now' }, 'The name becomes a routing key and a queue'],
    ['a timeout above 20 minutes', { timeout: '21m' }, 'The timeout must be from 1 ms to 20 minutes'],
    ['no time at all', { timeout: '0s' }, 'The timeout must be from 1 ms to 20 minutes'],
    ['no concurrency', { concurrency: 0 }, 'The concurrency must be a whole number from 1'],
    ['half a concurrency', { concurrency: 1.5 }, 'The concurrency must be a whole number from 1'],
    ['no attempt', { retry: { maxAttempts: 0 } }, 'retry.maxAttempts must be a whole number from 1'],
    ['endless attempts', { retry: { maxAttempts: Number.POSITIVE_INFINITY } }, 'retry.maxAttempts must be'],
    ['a backoff above its own limit', { retry: { backoff: '10m' } }, 'may not be longer than retry.maxBackoff'],
    ['a backoff of months', { retry: { maxBackoff: '31d' } }, 'retry.maxBackoff may be 30 days at most'],
    ['a failure code with spaces', { failures: ['card declined'] }, '"card declined" must match'],
    ['a failure code twice', { failures: ['a', 'b', 'a'] }, '"a" is declared twice'],
    ["a failure code of the engine's own", { failures: ['lost-alone'] }, "is the engine's own"],
    ['input that JSON Schema cannot express', { input: z.object({ at: z.date() }) }, 'input.at: JSON has no dates'],
    ['a notification with capitals', { notifications: { Paid: z.object({}) } }, '"Paid" becomes a routing key'],
    [
      'a notification that JSON Schema cannot express',
      { notifications: { paid: z.object({ at: z.date() }) } },
      'notifications.paid.at: JSON has no dates',
    ],
    [
      'a default in a notification, which nobody fills in',
      { notifications: { paid: z.object({ at: z.string().default('') }) } },
      'notifications.paid.at: nothing fills a default in here',
    ],
    [
      'too many notifications',
      { notifications: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`n${index}`, z.object({})])) },
      '32 notifications at most',
    ],
    ['two ways to poll', { poll: async () => pending(), pollMany: async () => [] }, 'poll or pollMany, not both'],
    ['polling with nothing to poll with', { polling: { backoff: '1s' } }, 'nothing to poll with'],
    ['to gather for one', { poll: async () => pending(), polling: { gather: { most: 2 } } }, 'gather is for pollMany'],
    ['a poll without a pause', { ...polls, polling: { backoff: '0s' } }, 'polling.backoff must be 1 ms at least'],
    ['a pause above its own limit', { ...polls, polling: { backoff: '10m' } }, 'longer than polling.maxBackoff'],
    ['a pause of months', { ...polls, polling: { maxBackoff: '31d' } }, 'polling.maxBackoff may be 30 days'],
    ['to gather nothing', { ...polls, polling: { gather: { most: 0 } } }, 'gather.most must be a whole number from 1'],
    ['to gather for minutes', { ...polls, polling: { gather: { within: '2m' } } }, 'gather.within may be 60 seconds'],
    [
      'changes that JSON Schema cannot express',
      { changes: z.object({ at: z.bigint() }) },
      'changes.at: JSON has no bigint',
    ],
  ])('refuses %s', (_, overrides, problem) => {
    expect(() => define(overrides)).toThrow(problem);
    expect(() => define(overrides)).toThrow(expect.objectContaining({ code: 'action-invalid' }));
  });

  it('lists all problems at once', () => {
    const define2 = () => define({ name: 'Pay', concurrency: 0, input: z.object({ at: z.date() }) });
    expect(define2).toThrow(/The name becomes.*JSON has no dates.*The concurrency/);
  });

  it('names the field of a duration that is none', () => {
    expect(() => define({ retry: { backoff: 'soon' } })).toThrow('authorize-payment.retry.backoff: "soon"');
  });
});

import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { ActionCall } from '../../../shared/core/action-calls.ts';
import { defineAction } from '../../../shared/core/define-action.ts';
import { completed } from '../../../shared/core/outcome.ts';

const define = (overrides: object = {}) =>
  defineAction({
    name: 'authorize-payment',
    input: z.object({ orderId: z.string(), amount: z.int().positive() }),
    changes: z.object({ authorizationId: z.string() }),
    failures: ['card-declined'],
    run: async ({ input }) => completed({ authorizationId: input.orderId }),
    ...overrides,
  });

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

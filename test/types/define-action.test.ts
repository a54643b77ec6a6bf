import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineAction } from '../../shared/core/define-action.ts';
import { completed, failed, retry } from '../../shared/core/outcome.ts';

/**
 * What must not compile stands under `@ts-expect-error`: `tsc --noEmit` fails where one of these lines compiles after all. That
 * such an action is refused at run time too, where it can be, is for the tests of what it parses.
 */
const contract = {
  input: z.object({ orderId: z.string(), amount: z.number(), note: z.string().optional() }),
  changes: z.object({ authorizationId: z.string(), tags: z.array(z.string()).optional() }),
} as const;

describe('the types of defineAction', () => {
  it('infer input and outcome from the schemas', () => {
    const action = defineAction({
      name: 'authorize-payment',
      ...contract,
      failures: ['card-declined', 'limit-reached'],
      async run({ input, attempt, signal }) {
        const text: string = input.orderId;
        const note: string | undefined = input.note;
        if (note && signal.aborted) return retry('stopped');
        if (input.amount > 100) return failed('limit-reached', text);
        return attempt > 1 ? failed('card-declined') : completed({ authorizationId: text, tags: ['fresh'] });
      },
    });
    const name: 'authorize-payment' = action.name;
    const codes: readonly ('card-declined' | 'limit-reached')[] = action.failures;
    expect([name, codes]).toEqual(['authorize-payment', ['card-declined', 'limit-reached']]);
  });

  it('let an action complete with values that it computed, and with literals of a union', () => {
    const action = defineAction({
      name: 'grade',
      input: z.object({}),
      changes: z.object({ grade: z.enum(['good', 'bad']), scores: z.record(z.string(), z.number()) }),
      run: async ({ attempt }) => {
        const scores: Record<string, number> = { attempt };
        return completed({ grade: attempt > 1 ? 'bad' : 'good', scores });
      },
    });
    expect(action.failures).toEqual([]);
  });

  it('let an action throw only, or change nothing', () => {
    const throwing = defineAction({
      name: 'throw',
      ...contract,
      run: async () => {
        throw new Error('always');
      },
    });
    const idle = defineAction({
      name: 'idle',
      input: z.object({}),
      changes: z.object({}),
      run: async () => completed({}),
    });
    expect([throwing.name, idle.name]).toEqual(['throw', 'idle']);
  });

  it('refuse a change that is not declared, in any branch', () => {
    const action = defineAction({
      name: 'undeclared',
      ...contract,
      // @ts-expect-error `colour` is not declared
      run: async () => completed({ authorizationId: 'a', colour: 'red' }),
    });
    const branching = defineAction({
      name: 'undeclared-in-one-branch',
      ...contract,
      // @ts-expect-error `colour` is not declared
      async run({ attempt }) {
        if (attempt > 1) return retry('again');
        if (attempt > 2) return completed({ authorizationId: 'a' });
        return completed({ authorizationId: 'b', colour: 'red' });
      },
    });
    const empty = defineAction({
      name: 'no-changes',
      input: z.object({}),
      changes: z.object({}),
      // @ts-expect-error no change is declared
      run: async () => completed({ colour: 'red' }),
    });
    for (const one of [action, branching, empty]) expect(one.parseChanges({ colour: 'red' }).ok).toBe(false);
  });

  it('refuse a change that is missing or of another type', () => {
    const missing = defineAction({
      name: 'missing',
      ...contract,
      // @ts-expect-error `authorizationId` is missing
      run: async () => completed({}),
    });
    const wrong = defineAction({
      name: 'wrong',
      ...contract,
      // @ts-expect-error `authorizationId` is a string
      run: async () => completed({ authorizationId: 7 }),
    });
    expect(missing.parseChanges({}).ok).toBe(false);
    expect(wrong.parseChanges({ authorizationId: 7 }).ok).toBe(false);
  });

  it('refuse a failure that is not declared', () => {
    const other = defineAction({
      name: 'other-code',
      ...contract,
      failures: ['card-declined'],
      // @ts-expect-error `card-expired` is not declared
      run: async () => failed('card-expired'),
    });
    const none = defineAction({
      name: 'no-codes',
      ...contract,
      // @ts-expect-error no failure is declared
      run: async () => failed('card-declined'),
    });
    expect([other.failures, none.failures]).toEqual([['card-declined'], []]);
  });

  it('refuse to return anything but an outcome, and to read what the input does not declare', () => {
    const nothing = defineAction({
      name: 'nothing',
      ...contract,
      // @ts-expect-error nothing is no outcome
      run: async () => undefined,
    });
    const nosy = defineAction({
      name: 'nosy',
      ...contract,
      // @ts-expect-error `card` is not declared
      run: async ({ input }) => completed({ authorizationId: String(input.card) }),
    });
    expect(nothing.name).toBe('nothing');
    expect(nosy.parseInput({ orderId: 'o', amount: 1, card: 'secret' })).toEqual({
      ok: true,
      value: { orderId: 'o', amount: 1 },
    });
  });

  it('refuse durations and limits of another form', () => {
    const define = () =>
      defineAction({
        name: 'slow',
        ...contract,
        // @ts-expect-error a duration has a unit
        timeout: '10',
        run: async () => completed({ authorizationId: 'a' }),
      });
    expect(define).toThrow('"10" is not a duration');
  });
});

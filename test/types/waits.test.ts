import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineAction } from '../../shared/core/define-action.ts';
import { completed, failed, pending, retry, waiting } from '../../shared/core/outcome.ts';

/** What must not compile stands under `@ts-expect-error`, as in define-action.test.ts. */
const contract = {
  input: z.object({ orderId: z.string() }),
  changes: z.object({ paidAt: z.string() }),
  failures: ['unpaid', 'declined'],
  notifications: {
    'payment-confirmed': z.object({ paidAt: z.string(), bank: z.string() }),
    'payment-refused': z.object({ reason: z.string() }),
  },
} as const;

describe('the types of an action that waits', () => {
  it('let it wait for what it declares, in any combination', () => {
    const action = defineAction({
      name: 'await-payment',
      ...contract,
      async run({ attempt }) {
        if (attempt === 1) return waiting({ notification: 'payment-confirmed' });
        if (attempt === 2)
          return waiting({ notification: 'payment-refused', poll: '10s', until: '30d', otherwise: 'unpaid' });
        if (attempt === 3) return waiting({ until: new Date(0), otherwise: 'declined' });
        return attempt === 4 ? waiting({ poll: '1m' }) : completed({ paidAt: 'now' });
      },
      async poll({ input, poll, idempotencyKey }) {
        if (poll > 3) return failed('declined', input.orderId);
        return poll > 2 ? completed({ paidAt: idempotencyKey }) : pending({ after: '1m' });
      },
      async compensate({ input, performed, changes, undoneKey }) {
        const order: string = input.orderId;
        if (performed === 'possibly') return retry(`${order} ${undoneKey}`);
        const text: string = 'paidAt' in changes ? changes.paidAt : changes.reason;
        return text === '' ? retry('again') : completed({});
      },
    });
    expect(action.contract).toMatchObject({ polls: true, compensates: true });
  });

  it('let many waits be polled at once', () => {
    const action = defineAction({
      name: 'await-many',
      ...contract,
      run: async () => waiting({ poll: '10s' }),
      pollMany: async (calls) =>
        calls.map(({ input, poll }) => (poll > 1 ? completed({ paidAt: input.orderId }) : pending())),
      polling: { backoff: '1s', maxBackoff: '1m', gather: { most: 10, within: '50ms' } },
    });
    expect(action.polling).toMatchObject({ most: 10, withinMs: 50 });
  });

  it('refuse a notification that is not declared', () => {
    const other = defineAction({
      name: 'other-notification',
      ...contract,
      // @ts-expect-error `payment-lost` is not declared
      run: async () => waiting({ notification: 'payment-lost' }),
    });
    const none = defineAction({
      name: 'no-notifications',
      input: z.object({}),
      changes: z.object({}),
      // @ts-expect-error no notification is declared
      run: async () => waiting({ notification: 'payment-confirmed' }),
    });
    expect([other.name, none.name]).toEqual(['other-notification', 'no-notifications']);
  });

  it('refuse a failure at the end of the time that is not declared', () => {
    const action = defineAction({
      name: 'other-code',
      ...contract,
      // @ts-expect-error `late` is not declared
      run: async () => waiting({ until: '1h', otherwise: 'late' }),
    });
    expect(action.failures).toEqual(['unpaid', 'declined']);
  });

  it('refuse to wait for nothing, and a failure without a time', () => {
    // @ts-expect-error nothing is waited for
    const nothing = () => waiting({});
    // @ts-expect-error there is no time after which it would fail
    const timeless = () => waiting({ notification: 'payment-confirmed', otherwise: 'late' });
    expect([nothing().kind, timeless().kind]).toEqual(['waiting', 'waiting']);
  });

  it('refuse the outcome of a poll from run, and of run from a poll', () => {
    const running = defineAction({
      name: 'pending-run',
      ...contract,
      // @ts-expect-error only a poll can be pending
      run: async () => pending(),
    });
    const polled = defineAction({
      name: 'waiting-poll',
      ...contract,
      run: async () => waiting({ poll: '1s' }),
      // @ts-expect-error a poll does not begin a wait
      poll: async () => waiting({ poll: '1s' }),
    });
    const retried = defineAction({
      name: 'retrying-poll',
      ...contract,
      run: async () => waiting({ poll: '1s' }),
      // @ts-expect-error a poll says pending
      poll: async () => retry('not now'),
    });
    expect([running.name, polled.name, retried.name]).toEqual(['pending-run', 'waiting-poll', 'retrying-poll']);
  });

  it('hold a poll to the declared changes and failures', () => {
    const wrong = defineAction({
      name: 'undeclared-change',
      ...contract,
      run: async () => waiting({ poll: '1s' }),
      // @ts-expect-error `colour` is not declared
      poll: async () => completed({ paidAt: 'now', colour: 'red' }),
    });
    const other = defineAction({
      name: 'undeclared-failure',
      ...contract,
      run: async () => waiting({ poll: '1s' }),
      // @ts-expect-error `late` is not declared
      pollMany: async () => [failed('late')],
    });
    expect([wrong.name, other.name]).toEqual(['undeclared-change', 'undeclared-failure']);
  });

  it('refuse a compensate that says anything but that it undid, or could not now', () => {
    const changing = defineAction({
      name: 'changing',
      ...contract,
      run: async () => completed({ paidAt: 'now' }),
      // @ts-expect-error undoing changes nothing
      compensate: async () => completed({ paidAt: '' }),
    });
    const failing = defineAction({
      name: 'failing',
      ...contract,
      run: async () => completed({ paidAt: 'now' }),
      // @ts-expect-error undoing has no negative end: it is repeated, or parked
      compensate: async () => failed('declined'),
    });
    const mute = defineAction({
      name: 'mute',
      ...contract,
      run: async () => completed({ paidAt: 'now' }),
      // @ts-expect-error nothing is no outcome
      compensate: async () => undefined,
    });
    const blind = defineAction({
      name: 'blind',
      ...contract,
      run: async () => completed({ paidAt: 'now' }),
      // @ts-expect-error there are no changes of what was possibly performed
      compensate: async ({ changes }) => completed(changes.paidAt === '' ? {} : {}),
    });
    expect([changing, failing, mute, blind].every(({ contract: { compensates } }) => compensates)).toBe(true);
  });
});

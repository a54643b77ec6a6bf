import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { chooseEdge } from '../../../shared/core/conditions.ts';
import { defineAction } from '../../../shared/core/define-action.ts';
import { LIMITS } from '../../../shared/core/limits.ts';
import { completed, failed, type Waiting, waiting } from '../../../shared/core/outcome.ts';
import { transition } from '../../../shared/core/transition.ts';
import {
  completeWaitByDeadline,
  completeWaitByNotification,
  completeWaitByPoll,
  nextPollAt,
  notificationProblem,
  waitingProblem,
} from '../../../shared/core/wait.ts';
import { definitionWith } from '../../support/definitions.ts';

const definition = definitionWith({
  placed: [{ action: 'await-payment', to: 'paid', onFailure: { unpaid: 'dunned', declined: 'compensate' } }],
  paid: [
    { when: 'has(bank)', action: 'thank', to: 'done' },
    { action: 'ship', to: 'done' },
  ],
  dunned: [{ action: 'remind', to: 'done' }],
  done: { end: 'succeeded' },
});
const standing = { definition, state: 'placed', action: 'await-payment', data: { amount: 7 } };
const awaitPayment = defineAction({
  name: 'await-payment',
  input: z.object({}),
  changes: z.object({}),
  failures: ['unpaid', 'declined'],
  notifications: { confirmed: z.object({ bank: z.string(), fee: z.number().optional() }) },
  run: async () => waiting({ notification: 'confirmed' }),
  poll: async () => completed({}),
});
const { contract } = awaitPayment;
const NOW = 1_000_000;
const begin = (outcome: Waiting) =>
  transition(
    { ...standing, failures: 0, retry: { maxAttempts: 3, backoffMs: 1, maxBackoffMs: 1 }, random: 0, now: NOW },
    outcome,
    chooseEdge,
  );

describe('a wait that begins', () => {
  it('has its times as times, so that a crash does not begin them anew', () => {
    expect(begin(waiting({ notification: 'confirmed', poll: '10s', until: '1h', otherwise: 'unpaid' }))).toEqual({
      kind: 'begin-wait',
      notification: 'confirmed',
      pollAfterMs: 10_000,
      due: NOW + 10_000,
      until: NOW + 3_600_000,
      otherwise: 'unpaid',
    });
  });

  it('is due at its end when that comes before the first poll, and keeps a date as it was given', () => {
    expect(begin(waiting({ poll: '10s', until: new Date(7) }))).toMatchObject({ due: 7, until: 7 });
    expect(begin(waiting({ until: '1s' }))).toEqual({ kind: 'begin-wait', due: NOW + 1_000, until: NOW + 1_000 });
  });

  it('is never due for a notification alone', () => {
    expect(begin(waiting({ notification: 'confirmed' }))).toEqual({ kind: 'begin-wait', notification: 'confirmed' });
  });
});

describe('a wait that ends', () => {
  it('takes the payload of its notification as the change set', () => {
    expect(completeWaitByNotification(standing, { bank: 'b' }, chooseEdge)).toEqual({
      kind: 'advance',
      changes: { bank: 'b' },
      state: 'paid',
      data: { amount: 7, bank: 'b' },
      next: { action: 'thank' },
    });
  });

  it('takes the answer of a poll like the outcome of the action', () => {
    const answer = completeWaitByPoll(standing, completed({ bank: 'b' }), chooseEdge);
    expect(answer).toEqual(completeWaitByNotification(standing, { bank: 'b' }, chooseEdge));
    expect(completeWaitByPoll(standing, failed('unpaid', 'no money'), chooseEdge)).toMatchObject({
      kind: 'advance',
      state: 'dunned',
      failure: { code: 'unpaid', message: 'no money' },
    });
  });

  it('changes nothing when its time is over and it named no failure', () => {
    expect(completeWaitByDeadline(standing, undefined, chooseEdge)).toMatchObject({
      kind: 'advance',
      changes: {},
      next: { action: 'ship' },
    });
  });

  it('fails when its time is over and it named a failure, be it back', () => {
    expect(completeWaitByDeadline(standing, 'unpaid', chooseEdge)).toMatchObject({
      state: 'dunned',
      data: { amount: 7 },
    });
    expect(completeWaitByDeadline(standing, 'declined', chooseEdge)).toEqual({
      kind: 'begin-compensation',
      failure: { code: 'declined', message: 'the time of the wait is over' },
      state: 'placed',
      data: { amount: 7 },
    });
    expect(completeWaitByDeadline(standing, 'other', chooseEdge)).toMatchObject({ code: 'failure-unhandled' });
  });

  it('parks when the payload lets the data grow beyond the limit', () => {
    const payload = { bank: 'x'.repeat(LIMITS.dataBytes) };
    expect(completeWaitByNotification(standing, payload, chooseEdge)).toMatchObject({ code: 'data-too-large' });
  });
});

describe('a poll that found nothing', () => {
  const policy = { backoffMs: 10_000, maxBackoffMs: 60_000, most: 1, withinMs: 0 };
  const next = { policy, polls: 1, until: undefined, now: NOW, random: 0 };

  it('comes again after the backoff, or when it said so', () => {
    expect(nextPollAt(next, {})).toBe(NOW + 5_000);
    expect(nextPollAt({ ...next, polls: 9 }, {})).toBe(NOW + 30_000);
    expect(nextPollAt(next, { afterMs: 7 })).toBe(NOW + 7);
  });

  it('does not sleep past the end of the wait', () => {
    expect(nextPollAt({ ...next, until: NOW + 100 }, {})).toBe(NOW + 100);
  });
});

describe('a notification', () => {
  it('completes a wait when it fits what the action declares', () => {
    expect(notificationProblem(contract, 'confirmed', { bank: 'b', fee: 1 })).toBeUndefined();
  });

  it.each([
    ['confirmed', {}, 'data.bank: is missing'],
    ['confirmed', { bank: 7 }, 'data.bank: must be string'],
    ['confirmed', { bank: 'b', colour: 'red' }, 'data.colour: is not declared'],
    ['cancelled', {}, 'it declares confirmed instead'],
    ['constructor', {}, 'it declares confirmed instead'],
  ])('is refused with what is wrong (%s %p)', (name, payload, problem) => {
    expect(notificationProblem(contract, name, payload)).toBe(
      `Notification "${name}" does not fit action "await-payment": ${problem}`,
    );
  });
});

describe('what an action may wait for', () => {
  it.each<[string, Waiting]>([
    ['a declared notification', waiting({ notification: 'confirmed' })],
    ['a poll', waiting({ poll: '10s' })],
    ['a time', waiting({ until: '300d' })],
    ['a time that is over', waiting({ until: new Date(0) })],
    ['a failure after a time', waiting({ until: '1s', otherwise: 'unpaid' })],
  ])('%s', (_, outcome) => {
    expect(waitingProblem(contract, outcome, true)).toBeUndefined();
  });

  it.each<[string, object, string]>([
    ['nothing', {}, 'for nothing'],
    ['another notification', { notification: 'lost' }, '"lost"; it declares confirmed'],
    ['another failure', { untilMs: 1, otherwise: 'late' }, 'undeclared failure "late"; declared: unpaid, declined'],
    ['a failure at no time', { pollAfterMs: 1, otherwise: 'unpaid' }, 'without until'],
    ['a year', { untilMs: 365 * 86_400_000 }, 'longer than 300 days'],
    ['a year until a poll', { pollAfterMs: 365 * 86_400_000 }, 'longer than 300 days'],
  ])('not %s', (_, outcome, problem) => {
    expect(waitingProblem(contract, { kind: 'waiting', ...outcome }, true)).toContain(problem);
  });

  it('not a poll without a poll, nor a timer where changes are promised', () => {
    expect(waitingProblem({ ...contract, polls: false }, waiting({ poll: '1s' }), true)).toContain(
      'nothing to poll with',
    );
    expect(waitingProblem(contract, waiting({ until: '1s' }), false)).toContain('without otherwise');
    expect(waitingProblem(contract, waiting({ until: '1s', otherwise: 'unpaid' }), false)).toBeUndefined();
  });
});

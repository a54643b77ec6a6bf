import { z } from 'zod';
import { defineAction } from '../../shared/core/define-action.ts';
import { defineWorkflow } from '../../shared/core/define-workflow.ts';
import { completed, waiting } from '../../shared/core/outcome.ts';

/** The stations of the benchmark's line, in order. */
export const STEPS = ['step-one', 'step-two', 'step-three', 'step-four'] as const;

/** About 1 KiB of state, as an order has. */
export const payload = (sequence: number) => ({ sequence, filler: 'x'.repeat(1_000 - String(sequence).length) });

/** Actions that do nothing but answer: what is measured is the engine. */
const action = <const Name extends string>(name: Name) =>
  defineAction({
    name,
    input: z.object({ sequence: z.number() }),
    changes: z.object({ last: z.number() }),
    timeout: '10s',
    concurrency: 200,
    run: async ({ input }) => completed({ last: input.sequence }),
  });

const steps = [action('step-one'), action('step-two'), action('step-three'), action('step-four')] as const;

/** What one poll of a wait is made of; the first comes when all waits have begun. */
export const POLL_AFTER = '60s';
const GATHER = 500;

const input = z.object({ sequence: z.number() });
const answer = z.object({ answer: z.number() });
const quick = { input, timeout: '10s', concurrency: 200 } as const;

/** Can be undone: what a cancellation costs is measured with it. */
const hold = defineAction({
  ...quick,
  name: 'hold',
  changes: z.object({}),
  run: async () => completed({}),
  compensate: async () => completed({}),
});
const awaitAnswer = defineAction({
  ...quick,
  name: 'await-answer',
  changes: answer,
  notifications: { answered: answer },
  run: async () => waiting({ notification: 'answered' }),
});
const askLater = defineAction({
  ...quick,
  name: 'ask-later',
  changes: answer,
  polling: { gather: { most: GATHER, within: '100ms' } },
  run: async () => waiting({ poll: POLL_AFTER }),
  pollMany: async (calls) => calls.map(({ input: { sequence } }) => completed({ answer: sequence })),
});

/** The stations of the waits' line. */
export const WAIT_STATIONS = ['hold', 'await-answer', 'ask-later'] as const;

export const actions = [...steps, hold, awaitAnswer, askLater] as const;

/** Four steps, none of which waits: what both lines run. */
export const definition = defineWorkflow({
  name: 'bench',
  version: 1,
  input: z.object({ sequence: z.number(), filler: z.string() }),
  actions: steps,
  initial: 'one',
  states: {
    one: { choices: [{ action: 'step-one', to: 'two' }] },
    two: { choices: [{ action: 'step-two', to: 'three' }] },
    three: { choices: [{ action: 'step-three', to: 'four' }] },
    four: { choices: [{ action: 'step-four', to: 'done' }] },
    done: { end: 'succeeded' },
  },
});

/** Waits for a notification after a step that can be undone. */
export const answered = defineWorkflow({
  name: 'bench-answered',
  version: 1,
  input: z.object({ sequence: z.number(), filler: z.string() }),
  actions: [hold, awaitAnswer],
  initial: 'placed',
  states: {
    placed: { cancel: 'compensate', choices: [{ action: 'hold', to: 'held' }] },
    held: { cancel: 'compensate', choices: [{ action: 'await-answer', to: 'done' }] },
    done: { end: 'succeeded' },
  },
});

/** Waits for a poll's answer. */
export const polled = defineWorkflow({
  name: 'bench-polled',
  version: 1,
  input: z.object({ sequence: z.number(), filler: z.string() }),
  actions: [askLater],
  initial: 'placed',
  states: { placed: { choices: [{ action: 'ask-later', to: 'done' }] }, done: { end: 'succeeded' } },
});

/** Waits for a notification at once, for a month at most. */
export const kept = defineWorkflow({
  name: 'bench-kept',
  version: 1,
  input: z.object({ sequence: z.number(), filler: z.string() }),
  actions: [awaitAnswer],
  initial: 'placed',
  states: { placed: { choices: [{ action: 'await-answer', to: 'done' }] }, done: { end: 'succeeded' } },
});

export const definitions = [definition, answered, polled, kept];

import { z } from 'zod';
import { defineAction } from '../../shared/core/define-action.ts';
import { defineWorkflow } from '../../shared/core/define-workflow.ts';
import { completed } from '../../shared/core/outcome.ts';

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

export const actions = [action('step-one'), action('step-two'), action('step-three'), action('step-four')] as const;

export const definition = defineWorkflow({
  name: 'bench',
  version: 1,
  input: z.object({ sequence: z.number(), filler: z.string() }),
  actions,
  initial: 'one',
  states: {
    one: { choices: [{ action: 'step-one', to: 'two' }] },
    two: { choices: [{ action: 'step-two', to: 'three' }] },
    three: { choices: [{ action: 'step-three', to: 'four' }] },
    four: { choices: [{ action: 'step-four', to: 'done' }] },
    done: { end: 'succeeded' },
  },
});

export const definitions = [definition];

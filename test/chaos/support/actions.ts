// The line that the fault tests run: four actions that take a little time and sometimes fail, one of which kills its process when it is
// told to. Hosted by the real worker program through ACTIONS_MODULE.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineAction } from '../../../shared/core/define-action.ts';
import { defineWorkflow } from '../../../shared/core/define-workflow.ts';
import { completed, retry } from '../../../shared/core/outcome.ts';

export const STEPS = ['pick', 'pack', 'charge', 'send'] as const;

const input = z.object({ parcel: z.int(), poison: z.boolean() });

const action = <const Name extends (typeof STEPS)[number]>(name: Name) =>
  defineAction({
    name,
    input,
    changes: z.object({ last: z.string() }),
    concurrency: 20,
    timeout: '10s',
    retry: { maxAttempts: 8, backoff: '200ms', maxBackoff: '2s' },
    async run({ input: { parcel, poison }, attempt, signal }) {
      // Poison: no outcome, no farewell; everything that this process performs is lost with it.
      if (poison && name === 'pack') process.kill(process.pid, 'SIGKILL');
      await sleep(5 + ((parcel * 7) % 40), undefined, { signal });
      if (attempt === 1 && parcel % 50 === 17) return retry('the scales are wet');
      return completed({ last: name });
    },
  });

export const actions = STEPS.map(action);

export const definitions = [
  defineWorkflow({
    name: 'parcel',
    version: 1,
    input,
    actions,
    initial: 'ordered',
    states: {
      ordered: { choices: [{ action: 'pick', to: 'picked' }] },
      picked: { choices: [{ action: 'pack', to: 'packed' }] },
      packed: { choices: [{ action: 'charge', to: 'charged' }] },
      charged: { choices: [{ action: 'send', to: 'sent' }] },
      sent: { end: 'succeeded' },
    },
  }),
];

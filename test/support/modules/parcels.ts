// A module as a user would write it, for workers in tests: each parcel says itself how its actions behave.
import { z } from 'zod';
import { completed, defineAction, defineWorkflow, failed, retry } from '../../../shared/index.ts';
import { SystemClock } from '../../../shared/runtime/clock.ts';

const clock = new SystemClock();

const parcel = z.object({
  weight: z.number(),
  /** How long packing takes, milliseconds. */
  packMs: z.number().optional(),
  /** How often packing fails before it succeeds. */
  packFailures: z.number().optional(),
  /** Packing fails for good. */
  packRefused: z.boolean().optional(),
  /** Packing returns what it has not declared. */
  packBreaksContract: z.boolean().optional(),
  /** Packing kills its process. */
  packKills: z.boolean().optional(),
});

const pack = defineAction({
  name: 'pack',
  input: parcel,
  changes: z.object({ box: z.string() }),
  failures: ['too-heavy'],
  timeout: '30s',
  retry: { maxAttempts: 3, backoff: '100ms', maxBackoff: '100ms' },
  async run({ input, attempt, signal, idempotencyKey }) {
    if (input.packKills) process.kill(process.pid, 'SIGKILL');
    if (input.packMs) await clock.sleep(input.packMs, signal);
    signal.throwIfAborted();
    if (input.packRefused) return failed('too-heavy', `${input.weight} kg`);
    if (attempt <= (input.packFailures ?? 0)) return retry('no box left');
    if (input.packBreaksContract) return completed(JSON.parse('{"crate":"unknown"}') as { box: string });
    return completed({ box: `box for ${idempotencyKey}` });
  },
});

const send = defineAction({
  name: 'send',
  input: z.object({ box: z.string() }),
  changes: z.object({ tracking: z.string() }),
  async run({ idempotencyKey }) {
    return completed({ tracking: `track ${idempotencyKey}` });
  },
});

export const actions = [pack, send];

export const definitions = [
  defineWorkflow({
    name: 'parcel',
    version: 1,
    input: parcel,
    actions,
    initial: 'placed',
    states: {
      placed: { choices: [{ action: 'pack', to: 'packed', onFailure: { 'too-heavy': 'refused' } }] },
      packed: { choices: [{ action: 'send', to: 'sent' }] },
      sent: { end: 'succeeded' },
      refused: { end: 'failed' },
    },
  }),
];

// The line that the fault tests run: four actions that take a little time, call a downstream that sometimes fails, wait if the parcel says
// so, and can be undone. One of them kills its process when it is told to. Hosted by the real worker program through ACTIONS_MODULE.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ActionCall, CompensateCall } from '../../../shared/core/action-calls.ts';
import { defineAction } from '../../../shared/core/define-action.ts';
import { defineWorkflow } from '../../../shared/core/define-workflow.ts';
import { completed, pending, type Retry, retry, waiting } from '../../../shared/core/outcome.ts';

export const STEPS = ['pick', 'pack', 'charge', 'send'] as const;

const input = z.object({
  parcel: z.int(),
  poison: z.boolean(),
  /** Charging waits: until somebody tells that it was paid, or until the third time that it is asked. */
  waits: z.enum(['no', 'told', 'asks']),
  /** How long each action works, milliseconds; without it, each parcel has a short time of its own. */
  workMs: z.int().optional(),
});
const changes = z.object({ last: z.string() });
type Call = Pick<ActionCall<z.output<typeof input>>, 'signal'>;

const usual = {
  input,
  changes,
  concurrency: 20,
  timeout: '10s',
  retry: { maxAttempts: 8, backoff: '200ms', maxBackoff: '2s' },
} as const;
const ANSWER_MS = 3_000;

/** Undefined: it has answered that it is done. */
async function ask(method: 'POST' | 'DELETE', key: string, { signal }: Call): Promise<Retry | undefined> {
  const url = `${process.env['DOWNSTREAM_URL']}/${encodeURIComponent(key)}`;
  try {
    const response = await fetch(url, { method, signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]) });
    await response.arrayBuffer();
    if (response.ok) return undefined;
    const seconds = Number(response.headers.get('retry-after') ?? 0);
    return retry(`the downstream answers ${response.status}`, seconds > 0 ? { afterMs: seconds * 1_000 } : {});
  } catch {
    signal.throwIfAborted();
    return retry('the downstream does not answer');
  }
}

async function work({
  input: { parcel, workMs },
  attempt,
  signal,
  idempotencyKey,
}: ActionCall<z.output<typeof input>>) {
  await sleep(workMs ?? 5 + ((parcel * 7) % 40), undefined, { signal });
  if (attempt === 1 && parcel % 50 === 17) return retry('the scales are wet');
  return ask('POST', idempotencyKey, { signal });
}

type Undoing = Pick<CompensateCall<object, object>, 'undoneKey' | 'signal'>;
const undo = async (call: Undoing) => (await ask('DELETE', call.undoneKey, call)) ?? completed({});

const pick = defineAction({
  ...usual,
  name: 'pick',
  run: async (call) => (await work(call)) ?? completed({ last: 'pick' }),
  compensate: undo,
});

const pack = defineAction({
  ...usual,
  name: 'pack',
  async run(call) {
    // Poison: no outcome, no farewell; everything that this process performs is lost with it.
    if (call.input.poison) process.kill(process.pid, 'SIGKILL');
    return (await work(call)) ?? completed({ last: 'pack' });
  },
  compensate: undo,
});

const charge = defineAction({
  ...usual,
  name: 'charge',
  notifications: { paid: changes },
  polling: { backoff: '500ms', maxBackoff: '1s' },
  async run(call) {
    const again = await work(call);
    if (again) return again;
    if (call.input.waits === 'told') return waiting({ notification: 'paid' });
    if (call.input.waits === 'asks') return waiting({ notification: 'paid', poll: '500ms' });
    return completed({ last: 'charge' });
  },
  async poll({ poll }) {
    return poll < 3 ? pending() : completed({ last: 'charge' });
  },
  compensate: undo,
});

const send = defineAction({
  ...usual,
  name: 'send',
  run: async (call) => (await work(call)) ?? completed({ last: 'send' }),
});

export const actions = [pick, pack, charge, send];

export const definitions = [
  defineWorkflow({
    name: 'parcel',
    version: 1,
    input,
    actions,
    initial: 'ordered',
    states: {
      ordered: { cancel: 'compensate', choices: [{ action: 'pick', to: 'picked' }] },
      picked: { cancel: 'compensate', choices: [{ action: 'pack', to: 'packed' }] },
      packed: { cancel: 'compensate', choices: [{ action: 'charge', to: 'charged' }] },
      charged: { cancel: { refuse: 'it is being sent' }, choices: [{ action: 'send', to: 'sent' }] },
      sent: { end: 'succeeded' },
    },
  }),
];

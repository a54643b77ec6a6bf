// What the actions of the simulated workload promise, and the workflows that are made of them.
import { z } from 'zod';
import type { Action } from '../../shared/core/action.ts';
import { defineAction } from '../../shared/core/define-action.ts';
import { defineWorkflow } from '../../shared/core/define-workflow.ts';
import { completed, type Outcome, type PollOutcome } from '../../shared/core/outcome.ts';
import { COMPENSATE, type WorkflowDefinition } from '../../shared/core/workflow-definition.ts';

export const ACTIONS = ['reserve', 'review', 'confirm', 'charge', 'ship', 'take-back'] as const;
export type ActionName = (typeof ACTIONS)[number];
export type Changes = Record<string, string>;
export type Result = Outcome<Changes, 'refused', 'confirmed'>;
export type Answer = PollOutcome<Changes, 'refused'>;

/** The notification that completes the waits of `confirm`. */
export const CONFIRMED = 'confirmed';

/** Longer than this no action works, unless it means to; virtual milliseconds. */
export const TIMEOUT_MS = 3_000;

/** Those whose work is undone; the others do nothing that would have to be. */
export const UNDOABLE: ReadonlySet<ActionName> = new Set<ActionName>(['reserve', 'confirm', 'charge']);

const POLLED = {
  polling: { backoff: '500ms', maxBackoff: '2s', gather: { most: 5, within: '50ms' } },
  pollMany: async (): Promise<readonly Answer[]> => [],
} as const;

/** What the actions promise. Made once: thousands of processes host them. */
export const CONTRACTS = Object.fromEntries(ACTIONS.map((name) => [name, contractOf(name)])) as Record<
  ActionName,
  Action<ActionName, 'refused'>
>; // a key for each of ACTIONS

function contractOf(name: ActionName): Action<ActionName, 'refused'> {
  const text = z.string();
  return defineAction({
    name,
    input: z.object({ amount: z.number() }),
    changes: z.object({ [name]: text.optional() }),
    failures: ['refused'],
    notifications: name === 'confirm' ? { [CONFIRMED]: z.object({ [name]: text }) } : {},
    timeout: `${TIMEOUT_MS}ms`,
    concurrency: name === 'ship' ? 1 : 5,
    // One action that may not be repeated: its loss is the operator's matter.
    retry: { maxAttempts: name === 'review' ? 1 : 4, backoff: '200ms', maxBackoff: '2s' },
    run: () => new Promise<Outcome<Changes, 'refused'>>(() => {}), // each process has its own
    ...(name === 'confirm' ? POLLED : {}),
    ...(UNDOABLE.has(name) ? { compensate: () => Promise.resolve(completed({})) } : {}),
  });
}

/** What differs between the workflows. */
interface Kind extends Partial<Pick<WorkflowDefinition, 'announce' | 'deadline'>> {
  readonly name: string;
  /** Where a refusal leads. */
  readonly refused: 'declined' | typeof COMPENSATE;
}

function workflow({ name, refused, ...more }: Kind): WorkflowDefinition {
  const onFailure = { refused };
  return defineWorkflow({
    name,
    version: 1,
    input: z.object({ amount: z.number() }),
    actions: Object.values(CONTRACTS),
    initial: 'placed',
    ...more,
    states: {
      placed: { cancel: COMPENSATE, choices: [{ action: 'reserve', to: 'reserved', onFailure }] },
      reserved: {
        cancel: COMPENSATE,
        choices: [
          { when: 'amount > 150', action: 'review', to: 'reviewed', onFailure },
          { when: 'amount > 40', action: 'confirm', to: 'confirmed', onFailure },
          { action: 'charge', to: 'charged', onFailure },
        ],
      },
      reviewed: { cancel: { refuse: 'it was reviewed' }, choices: [{ action: 'confirm', to: 'confirmed', onFailure }] },
      confirmed: { cancel: COMPENSATE, choices: [{ action: 'charge', to: 'charged', onFailure }] },
      // A failure that the definition does not expect parks the workflow.
      charged: { cancel: { to: 'returning' }, choices: [{ action: 'ship', to: 'shipped' }] },
      returning: {
        cancel: { refuse: 'it comes back' },
        choices: [{ action: 'take-back', to: 'returned', onFailure: { refused: 'declined' } }],
      },
      shipped: { end: 'succeeded' },
      returned: { end: 'cancelled' },
      declined: { end: 'failed' },
    },
  });
}

/** One that announces every step; one that announces milestones, and is undone when it is refused; and one that has not much time. */
export const WORKFLOWS: readonly WorkflowDefinition[] = [
  workflow({ name: 'order', refused: 'declined', announce: 'steps' }),
  workflow({ name: 'gift', refused: COMPENSATE, announce: 'milestones' }),
  workflow({ name: 'rush', refused: COMPENSATE, announce: 'steps', deadline: '15s' }),
];

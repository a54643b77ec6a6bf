import { z } from 'zod';
import type { Action } from '../../shared/core/action.ts';
import type { ActionCall } from '../../shared/core/action-calls.ts';
import { defineAction } from '../../shared/core/define-action.ts';
import { defineWorkflow } from '../../shared/core/define-workflow.ts';
import type { Duration } from '../../shared/core/duration.ts';
import { completed, type Outcome } from '../../shared/core/outcome.ts';
import type { WorkflowDefinition } from '../../shared/core/workflow-definition.ts';

/** What an action does in a test. */
export type Behaviour = (call: ActionCall<Record<string, unknown>>) => Promise<Outcome> | Outcome;

export interface TestActionOptions {
  readonly timeout?: Duration;
  readonly concurrency?: number;
  readonly maxAttempts?: number;
}

/** An action that completes with `{ [name]: 'done' }` unless a behaviour is given. Fails with `refused`; backoff up to 1 s. */
export function testAction(name: string, behave?: Behaviour, options: TestActionOptions = {}): Action {
  const { timeout = '10s', concurrency = 10, maxAttempts = 3 } = options;
  return defineAction({
    name,
    input: z.object({}),
    changes: z.object({ [name]: z.string() }),
    failures: ['refused'],
    timeout,
    concurrency,
    retry: { maxAttempts, backoff: '1s', maxBackoff: '1s' },
    async run(call): Promise<Outcome<Record<string, string>, 'refused'>> {
      const outcome = await (behave ? behave(call) : completed({ [name]: 'done' }));
      // Behaviours may break the contract on purpose: that is what some tests are about.
      return outcome as Outcome<Record<string, string>, 'refused'>;
    },
  });
}

/** Two steps, `pack` and `send`, each announced; `pack` may fail with `refused`. */
export function parcelWorkflow(overrides: Partial<Pick<WorkflowDefinition, 'announce'>> = {}): WorkflowDefinition {
  const { announce = 'steps' } = overrides;
  return defineWorkflow({
    name: 'parcel',
    version: 1,
    input: z.object({}),
    actions: [testAction('pack'), testAction('send')] as Action<'pack' | 'send', 'refused'>[],
    initial: 'placed',
    announce,
    states: {
      placed: { choices: [{ action: 'pack', to: 'packed', onFailure: { refused: 'declined' } }] },
      packed: { choices: [{ action: 'send', to: 'sent' }] },
      sent: { end: 'succeeded' },
      declined: { end: 'failed' },
    },
  });
}

import { z } from 'zod';
import type { Action } from '../../shared/core/action.ts';
import type { ActionCall } from '../../shared/core/action-calls.ts';
import type { Clock } from '../../shared/core/clock.ts';
import { defineAction } from '../../shared/core/define-action.ts';
import { defineWorkflow } from '../../shared/core/define-workflow.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { completed, failed, type Outcome, retry } from '../../shared/core/outcome.ts';
import { unreachable } from '../../shared/core/unreachable.ts';
import type { WorkflowDefinition } from '../../shared/core/workflow-definition.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { TestProcess } from '../support/test-process.ts';
import type { Effects } from './effects.ts';

export const ACTIONS = ['reserve', 'review', 'charge', 'ship'] as const;
type ActionName = (typeof ACTIONS)[number];

/** Longer than this no action works, unless it means to; virtual milliseconds. */
const TIMEOUT_MS = 3_000;

export interface Stage {
  readonly random: SeededRandom;
  readonly effects: Effects;
  /** The business key of the workflow whose every `charge` kills its process; none: undefined. */
  readonly poison: string | undefined;
  /** Whether the attempt is performed alone, as the journal says. */
  isAlone(workflowId: string, step: number, attempt: number): boolean;
  /** Whether the step was decided when the attempt was made. */
  isDecided(workflowId: string, step: number, attempt: number): boolean;
  violated(what: string): void;
  note(text: string): void;
}

/** How an action behaves this time: weights out of 100. */
const BEHAVIOURS = {
  completes: 62,
  'completes slowly': 12,
  fails: 4,
  retries: 5,
  'retries later': 2,
  throws: 5,
  'throws after its effect': 4,
  hangs: 3,
  'ignores its signal': 1,
  'breaks its contract': 2,
} as const;
type Behaviour = keyof typeof BEHAVIOURS;

function behaviourOf(random: SeededRandom): Behaviour {
  let ticket = random.below(100);
  for (const [behaviour, weight] of Object.entries(BEHAVIOURS)) {
    ticket -= weight;
    if (ticket < 0) return behaviour as Behaviour; // a key of BEHAVIOURS
  }
  return 'completes';
}

/** The actions of one process. */
export function actionsOf(stage: Stage, process: TestProcess, names: readonly ActionName[]): Action[] {
  const calls = new Performances(stage, process);
  return names.map((name) => ({
    ...CONTRACTS[name],
    run: (call) => calls.perform(name, call),
  }));
}

/** What the actions promise. Made once: thousands of processes host them. */
const CONTRACTS = Object.fromEntries(ACTIONS.map((name) => [name, contractOf(name)])) as Record<
  ActionName,
  Action<ActionName, 'refused'>
>; // a key for each of ACTIONS

function contractOf(name: ActionName): Action<ActionName, 'refused'> {
  return defineAction({
    name,
    input: z.object({ amount: z.number() }),
    changes: z.object({ [name]: z.string() }),
    failures: ['refused'],
    timeout: `${TIMEOUT_MS}ms`,
    concurrency: name === 'ship' ? 1 : 5,
    // One action that may not be repeated: its loss is the operator's matter.
    retry: { maxAttempts: name === 'review' ? 1 : 4, backoff: '200ms', maxBackoff: '2s' },
    run: () => new Promise<Outcome<Record<string, string>, 'refused'>>(() => {}),
  });
}

class Performances {
  readonly #stage: Stage;
  readonly #process: TestProcess;
  readonly #clock: Clock;

  constructor(stage: Stage, process: TestProcess) {
    this.#stage = stage;
    this.#process = process;
    this.#clock = process.line.clock;
  }

  async perform(name: ActionName, call: ActionCall<object>): Promise<Outcome<Record<string, string>, 'refused'>> {
    const { workflowId, idempotencyKey, attempt, businessKey, signal } = call;
    const stage = this.#stage;
    const step = Number(idempotencyKey.split('/')[1]);
    const where = `${businessKey}/${step}`;
    if (stage.isDecided(workflowId, step, attempt))
      stage.violated(`${where}/${attempt} is performed, but decided before`);
    const end = stage.effects.begin(this.#process, where, stage.isAlone(workflowId, step, attempt));
    // What outlives its abort by so much is not waited for: the engine has gone on without it.
    signal.addEventListener('abort', () => this.#clock.after(LIMITS.abortGraceMs, end));
    const random = stage.random.fork(`${where}/${attempt}`);
    const poisonous = businessKey === stage.poison && name === 'charge';
    const behaviour = behaviourOf(random);
    stage.note(`${this.#process.id} performs ${where}/${attempt} ${name}: ${poisonous ? 'dies' : behaviour}`);
    try {
      if (poisonous) {
        await this.#clock.sleep(random.below(50));
        this.#process.die();
        return await this.#process.mortality.forever();
      }
      return await this.#behave(behaviour, name, call, where, random);
    } finally {
      end();
    }
  }

  async #behave(
    behaviour: Behaviour,
    name: ActionName,
    { idempotencyKey, signal }: ActionCall<object>,
    where: string,
    random: SeededRandom,
  ): Promise<Outcome<Record<string, string>, 'refused'>> {
    const effect = (): string => this.#stage.effects.apply(idempotencyKey, where, () => `${name} of ${where}`);
    const work = (ms: number): Promise<void> => this.#clock.sleep(ms);
    await work(random.below(40));
    switch (behaviour) {
      case 'completes':
        return completed({ [name]: effect() });
      case 'completes slowly': {
        const done = effect();
        await work(200 + random.below(2_500));
        return completed({ [name]: done });
      }
      case 'fails':
        return failed('refused', 'not today');
      case 'retries':
        return retry('busy');
      case 'retries later':
        return retry('busy', { afterMs: random.below(4_000) });
      case 'throws':
        throw new Error('broken');
      case 'throws after its effect':
        effect();
        throw new Error('the answer was lost');
      case 'hangs':
        await this.#clock.sleep(3_600_000, signal);
        throw new Error('aborted');
      case 'ignores its signal':
        await work(TIMEOUT_MS + LIMITS.abortGraceMs + 2_000);
        return completed({ [name]: effect() });
      case 'breaks its contract':
        return { kind: 'completed', changes: { undeclared: 'x' } };
      default:
        return unreachable(behaviour);
    }
  }
}

function workflow(name: string, announce: WorkflowDefinition['announce']): WorkflowDefinition {
  return defineWorkflow({
    name,
    version: 1,
    input: z.object({ amount: z.number() }),
    actions: Object.values(CONTRACTS),
    initial: 'placed',
    announce,
    states: {
      placed: { choices: [{ action: 'reserve', to: 'reserved', onFailure: { refused: 'declined' } }] },
      reserved: {
        choices: [
          { when: 'amount > 100', action: 'review', to: 'reviewed', onFailure: { refused: 'declined' } },
          { action: 'charge', to: 'charged', onFailure: { refused: 'declined' } },
        ],
      },
      reviewed: { choices: [{ action: 'charge', to: 'charged', onFailure: { refused: 'declined' } }] },
      // A failure that the definition does not expect parks the workflow.
      charged: { choices: [{ action: 'ship', to: 'shipped' }] },
      shipped: { end: 'succeeded' },
      declined: { end: 'failed' },
    },
  });
}

/** One that announces every step, and one that announces milestones. */
export const WORKFLOWS: readonly WorkflowDefinition[] = [workflow('order', 'steps'), workflow('gift', 'milestones')];

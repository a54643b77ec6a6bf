import type { Action } from '../../shared/core/action.ts';
import type { ActionCall, CompensateCall, PollCall } from '../../shared/core/action-calls.ts';
import type { Clock } from '../../shared/core/clock.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { type CompensateOutcome, completed, failed, pending, retry, waiting } from '../../shared/core/outcome.ts';
import { unreachable } from '../../shared/core/unreachable.ts';
import type { SeededRandom } from '../../shared/testing/seeded-random.ts';
import type { TestProcess } from '../support/test-process.ts';
import { ANSWERS, BEHAVIOURS, type Behaviour, drawn, UNDOINGS, WAITS } from './behaviours.ts';
import { type ActionName, type Answer, CONFIRMED, CONTRACTS, type Result, TIMEOUT_MS } from './contracts.ts';
import type { Effects } from './effects.ts';

export interface Stage {
  readonly random: SeededRandom;
  readonly effects: Effects;
  /** The business key of the workflow whose every `charge` kills its process; none: undefined. */
  readonly poison: string | undefined;
  /** How long the longest waits last, milliseconds; 0: nothing waits for long. */
  readonly longestWaitMs: number;
  /** Whether the attempt is performed alone, as the journal says. */
  isAlone(workflowId: string, step: number, attempt: number): boolean;
  /** Whether the step was decided when the attempt was made. */
  isDecided(workflowId: string, step: number, attempt: number): boolean;
  /** The step that a cancellation has decided; undefined: it is not cancelled. */
  cancelledAt(workflowId: string): number | undefined;
  violated(what: string): void;
  note(text: string): void;
}

type Call = ActionCall<object> | CompensateCall<object, object>;

/** The actions of one process. */
export function actionsOf(stage: Stage, process: TestProcess, names: readonly ActionName[]): Action[] {
  const calls = new Performances(stage, process);
  return names.map((name) => {
    const contract = CONTRACTS[name];
    const { polling } = contract;
    return {
      ...contract,
      run: (call) => calls.perform(name, call),
      ...(polling ? { polling: { ...polling, poll: (asked) => calls.poll(name, asked) } } : {}),
      ...(contract.compensate ? { compensate: (call) => calls.undo(name, call) } : {}),
    };
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

  async perform(name: ActionName, call: ActionCall<object>): Promise<Result> {
    const { workflowId, businessKey } = call;
    const stage = this.#stage;
    const { step, end, random, where } = this.#begin('run', call);
    const cancelledAt = stage.cancelledAt(workflowId);
    if (cancelledAt !== undefined && step <= cancelledAt && !stage.effects.isGivenUp(this.#process)) {
      stage.violated(`${where} is performed, but step ${cancelledAt} was cancelled before`);
    }
    const poisonous = businessKey === stage.poison && name === 'charge';
    const behaviour = drawn(random, BEHAVIOURS);
    stage.note(`${this.#process.id} performs ${where} ${name}: ${poisonous ? 'dies' : behaviour}`);
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

  async undo(name: ActionName, call: CompensateCall<object, object>): Promise<CompensateOutcome> {
    const { end, random, where } = this.#begin('compensate', call);
    const undoing = drawn(random, UNDOINGS);
    this.#stage.note(`${this.#process.id} undoes ${name} at ${where}, ${call.performed}: ${undoing}`);
    const effect = (): void => this.#stage.effects.undo(call.undoneKey, call.idempotencyKey, call.performed);
    try {
      await this.#clock.sleep(random.below(40));
      switch (undoing) {
        case 'undoes':
          effect();
          return completed({});
        case 'undoes slowly':
          effect();
          await this.#clock.sleep(200 + random.below(2_500));
          return completed({});
        case 'retries':
          return retry('busy');
        case 'throws':
          throw new Error('broken');
        case 'throws after it has undone':
          effect();
          throw new Error('the answer was lost');
        case 'hangs':
          await this.#clock.sleep(3_600_000, call.signal);
          throw new Error('aborted');
        default:
          return unreachable(undoing);
      }
    } finally {
      end();
    }
  }

  /** Of each wait what becomes of it; some answers are of no use, and a call that throws or hangs says nothing of any. */
  async poll(name: ActionName, calls: readonly PollCall<object>[]): Promise<unknown> {
    const answers: unknown[] = [];
    for (const call of calls) {
      const { idempotencyKey, businessKey, poll, signal } = call;
      const where = `${businessKey}/${stepOf(idempotencyKey)}`;
      const random = this.#stage.random.fork(`poll/${where}/${poll}`);
      const answer = drawn(random, ANSWERS);
      this.#stage.note(`${this.#process.id} polls ${where} for the ${poll}. time: ${answer}`);
      await this.#clock.sleep(random.below(100));
      if (answer === 'throws') throw new Error('broken');
      if (answer === 'hangs') await this.#clock.sleep(3_600_000, signal);
      answers.push(this.#answerOf(answer, name, idempotencyKey, random));
    }
    return answers;
  }

  #answerOf(
    answer: Exclude<keyof typeof ANSWERS, 'throws'>,
    name: ActionName,
    key: string,
    random: SeededRandom,
  ): Answer | { readonly kind: 'nonsense' } {
    switch (answer) {
      case 'not yet':
      case 'hangs':
        return random.chance(0.5) ? pending() : pending({ after: `${random.below(3_000)}ms` });
      case 'done':
        return completed({ [name]: 'polled' });
      case 'refused':
        this.#stage.effects.withdraw(key); // what an action says has failed leaves nothing behind
        return failed('refused', 'not today');
      case 'nonsense':
        return { kind: 'nonsense' };
      default:
        return unreachable(answer);
    }
  }

  /** Somebody performs from now on, until `end`. */
  #begin(kind: 'run' | 'compensate', call: Call) {
    const { workflowId, idempotencyKey, attempt, businessKey, signal } = call;
    const stage = this.#stage;
    const step = stepOf(idempotencyKey);
    const where = `${businessKey}/${step}/${attempt}`;
    if (stage.isDecided(workflowId, step, attempt)) stage.violated(`${where} is performed, but decided before`);
    const alone = stage.isAlone(workflowId, step, attempt);
    const end = stage.effects.begin({ process: this.#process, kind, workflow: businessKey, step, alone });
    // What outlives its abort by so much is not waited for: the engine has gone on without it.
    signal.addEventListener('abort', () => this.#clock.after(LIMITS.abortGraceMs, end));
    return { step, end, where, random: stage.random.fork(where) };
  }

  async #behave(
    behaviour: Behaviour,
    name: ActionName,
    { idempotencyKey, signal, businessKey }: ActionCall<object>,
    where: string,
    random: SeededRandom,
  ): Promise<Result> {
    const { effects } = this.#stage;
    const effect = (): string =>
      effects.apply(idempotencyKey, `${businessKey}/${stepOf(idempotencyKey)}`, () => `${name} of ${where}`);
    const work = (ms: number): Promise<void> => this.#clock.sleep(ms);
    await work(random.below(40));
    switch (behaviour) {
      case 'completes': {
        const done = effect();
        return name === 'confirm' ? this.#wait(name, done, random) : completed({ [name]: done });
      }
      case 'completes slowly': {
        const done = effect();
        await work(200 + random.below(2_500));
        return completed({ [name]: done });
      }
      case 'fails':
        effects.withdraw(idempotencyKey); // an earlier attempt may have done it; what failed is not done
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

  #wait(name: ActionName, done: string, random: SeededRandom): Result {
    const { longestWaitMs } = this.#stage;
    const poll = `${random.below(2_000)}ms` as const;
    const isLong = longestWaitMs > 0 && random.chance(0.6);
    const until = `${isLong ? 3_600_000 + random.below(longestWaitMs) : 200 + random.below(15_000)}ms` as const;
    const notification = CONFIRMED;
    const wait = drawn(random, WAITS);
    this.#stage.note(`which ${wait}`);
    switch (wait) {
      case 'does not wait':
        return completed({ [name]: done });
      case 'waits to be told':
        return waiting({ notification });
      case 'waits to be told for a while':
        return waiting({ notification, until, otherwise: 'refused' });
      case 'waits to be told, and polls':
        return waiting({ notification, poll });
      case 'polls':
        return waiting({ poll, until: '20s', otherwise: 'refused' });
      case 'waits for a time':
        return waiting({ until });
      default:
        return unreachable(wait);
    }
  }
}

const stepOf = (idempotencyKey: string): number => Number(idempotencyKey.split('/')[1]);

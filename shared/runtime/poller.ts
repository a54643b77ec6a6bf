import type { Polling } from '../core/action.ts';
import type { Timer } from '../core/clock.ts';
import type { PollAnswer } from '../core/outcome.ts';
import { unreachable } from '../core/unreachable.ts';
import type { WaitRecord } from '../journal/wait-records.ts';
import { type Gate, Slots } from './gate.ts';
import type { PollResult } from './metrics.ts';
import { pauseAt } from './pause-points.ts';
import { parsePollOutcome } from './poll-answer-check.ts';
import { callPoll, type PollQuestion, type Returned } from './poll-call.ts';
import type { StationContext } from './station-context.ts';
import { givenOf } from './waiting-step.ts';

/** Calls of one action's poll that are under way at once in one process. */
export const CALLS_AT_ONCE = 10;

/** What a poll said of one wait. */
export type PollReply =
  | { readonly kind: 'answered'; readonly answer: PollAnswer }
  | { readonly kind: 'pending'; readonly afterMs?: number }
  /** Not asked: its workflow is not in the journal any more. */
  | { readonly kind: 'removed' }
  /** Not asked, or not to the end: the process stops. */
  | { readonly kind: 'interrupted' };

interface Gathered {
  readonly wait: WaitRecord;
  resolve(reply: PollReply): void;
  reject(error: unknown): void;
}

/**
 * Polls the waits of one action: gathers those that are due into one call, and tells each its own part of the answer. Beside the station's
 * own work, with slots of its own; but not beside a step that must be alone in its process.
 */
export class Poller {
  readonly #context: StationContext;
  readonly #polling: Polling;
  readonly #gate: Gate;
  readonly #slots = new Slots(CALLS_AT_ONCE);
  #gathered: Gathered[] = [];
  #leaving: Timer | undefined;
  #closed = false;

  constructor(context: StationContext, polling: Polling, gate: Gate) {
    this.#context = context;
    this.#polling = polling;
    this.#gate = gate;
  }

  ask(wait: WaitRecord): Promise<PollReply> {
    if (this.#closed) return Promise.resolve({ kind: 'interrupted' });
    return new Promise((resolve, reject) => {
      this.#gathered.push({ wait, resolve, reject });
      const { most, withinMs } = this.#polling;
      if (this.#gathered.length >= most || withinMs === 0) this.#sendGathered();
      else this.#leaving ??= this.#context.line.clock.after(withinMs, () => this.#sendGathered());
    });
  }

  /** Begins no more calls: what is gathered is given back, what is under way goes on. */
  close(): void {
    this.#closed = true;
    this.#sendGathered();
  }

  #sendGathered(): void {
    this.#leaving?.cancel();
    this.#leaving = undefined;
    const gathered = this.#gathered;
    this.#gathered = [];
    if (gathered.length > 0) void this.#poll(gathered);
  }

  async #poll(gathered: readonly Gathered[]): Promise<void> {
    try {
      const replies = await this.#inSlot(() => this.#call(gathered.map(({ wait }) => wait)));
      for (const one of gathered) one.resolve(replies.get(one.wait) ?? { kind: 'interrupted' });
    } catch (error) {
      for (const one of gathered) one.reject(error);
    }
  }

  async #inSlot<T>(act: () => Promise<T>): Promise<T> {
    const leaveSlot = await this.#slots.enter();
    const leaveGate = await this.#gate.enter('together');
    try {
      return await act();
    } finally {
      leaveGate();
      leaveSlot();
    }
  }

  /** Those that it does not name were not asked about. */
  async #call(waits: readonly WaitRecord[]): Promise<Map<WaitRecord, PollReply>> {
    const replies = new Map<WaitRecord, PollReply>();
    if (this.#closed) return replies;
    const asked: WaitRecord[] = [];
    const questions: PollQuestion[] = [];
    const prepared = await Promise.all(waits.map((wait) => this.#questionOf(wait)));
    waits.forEach((wait, index) => {
      const question = prepared[index];
      if (!question) replies.set(wait, { kind: 'removed' });
      else if (typeof question === 'string') replies.set(wait, this.#broken(wait, question));
      else {
        asked.push(wait);
        questions.push(question);
      }
    });
    if (asked.length === 0) return replies;
    const { line, action, callsUnderWay, right } = this.#context;
    right.mayAct();
    const begunAt = line.clock.monotonic();
    const { timeoutMs } = action;
    const returned = await callPoll(this.#polling, questions, { clock: line.clock, timeoutMs, callsUnderWay });
    if (returned.kind === 'interrupted') return replies;
    line.metrics.pollCallEnded(action.name, line.clock.monotonic() - begunAt);
    const [first] = asked;
    if (first) await pauseAt(this.#context, 'polled', first);
    const each = this.#partsOf(returned, asked.length);
    asked.forEach((wait, index) => replies.set(wait, each(wait, index)));
    return replies;
  }

  /** What to ask of a wait; as a text, why it cannot be asked; null when its workflow was removed. */
  async #questionOf(wait: WaitRecord): Promise<PollQuestion | string | null> {
    const { action, line } = this.#context;
    const { workflowId, businessKey, polls } = wait;
    const given = await givenOf(this.#context, wait);
    if (!given) return null;
    const input = action.parseInput(given.data);
    if (!input.ok) return input.problem;
    const { idempotencyKey } = given;
    return {
      input: input.value,
      idempotencyKey,
      poll: polls + 1,
      workflowId,
      businessKey,
      log: line.log.forStep(wait),
    };
  }

  /** How each wait finds its own part in what one call returned. */
  #partsOf(returned: Exclude<Returned, { kind: 'interrupted' }>, count: number) {
    switch (returned.kind) {
      case 'returned': {
        const { value } = returned;
        if (Array.isArray(value) && value.length === count) {
          const parts: readonly unknown[] = value;
          return (wait: WaitRecord, index: number) => this.#replyOf(wait, parts[index]);
        }
        const said = Array.isArray(value) ? `${value.length} answers` : 'no list';
        return (wait: WaitRecord) => this.#broken(wait, `${said} for ${count} waits`);
      }
      case 'threw':
        return (wait: WaitRecord) => this.#pending(wait, 'threw', { err: returned.error });
      case 'timed-out':
        return (wait: WaitRecord) => this.#pending(wait, 'timed-out', {});
      default:
        return unreachable(returned);
    }
  }

  #replyOf(wait: WaitRecord, part: unknown): PollReply {
    const { line, action } = this.#context;
    const outcome = parsePollOutcome(action, part);
    switch (outcome.kind) {
      case 'completed':
      case 'failed':
        line.metrics.polled(action.name, outcome.kind);
        return { kind: 'answered', answer: outcome };
      case 'pending':
        line.metrics.polled(action.name, 'pending');
        return outcome;
      case 'broken':
        return this.#broken(wait, outcome.reason);
      default:
        return unreachable(outcome);
    }
  }

  #broken(wait: WaitRecord, problem: string): PollReply {
    return this.#pending(wait, 'invalid', { problem });
  }

  /** The wait goes on: a poll that failed has said nothing of it. */
  #pending(wait: WaitRecord, result: PollResult, details: object): PollReply {
    const { line, action } = this.#context;
    line.metrics.polled(action.name, result);
    line.log.forStep(wait).warn({ ...details, result }, 'a poll said nothing valid; the wait goes on');
    return { kind: 'pending' };
  }
}

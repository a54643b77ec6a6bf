import type { Delivery } from '../broker/broker.ts';

/**
 * The process's own table of the attempts that it is about to claim, or performs. A copy of a message whose attempt is here is
 * adopted: it is acknowledged (or given back) together with the run.
 *
 * Q1  An attempt is entered before the batch that inserts it is sent, because two copies can share a batch.
 * Q2  It leaves before anything is sent in its place. The message of an attempt that others hold is sent again, by the delay
 *     ladder, and may be back before its sending is confirmed: adopted, that last copy would be acknowledged with the run.
 */
export class Runs {
  readonly #byAttempt = new Map<string, Run>();

  get size(): number {
    return this.#byAttempt.size;
  }

  /** The attempt is this run's from now on. False: another run has it, and has adopted all that this one stands for. */
  enter(run: Run, attemptId: string): boolean {
    const underWay = this.#byAttempt.get(attemptId);
    if (underWay) {
      run.joinTo(underWay);
      return false;
    }
    this.#byAttempt.set(attemptId, run);
    return true;
  }

  /** The run has the attempt no longer; nothing happens when it had left before. */
  leave(run: Run, attemptId: string): void {
    if (this.#byAttempt.get(attemptId) === run) this.#byAttempt.delete(attemptId);
  }
}

/** One message being taken, with every copy of it that came meanwhile. */
export class Run {
  #deliveries: Delivery[];

  constructor(delivery: Delivery) {
    this.#deliveries = [delivery];
  }

  /** Only after everything that follows from the message is durable. */
  acknowledge(): void {
    for (const delivery of this.#deliveries) delivery.ack();
  }

  giveBack(): void {
    for (const delivery of this.#deliveries) delivery.giveBack();
  }

  /** Leaves its copies to another run of the same step. */
  joinTo(other: Run): void {
    other.#deliveries.push(...this.#deliveries);
    this.#deliveries = [];
  }
}

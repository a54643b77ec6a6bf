import type { Delivery } from '../broker/broker.ts';

/**
 * The process's own table of what it has under way, by attempt. A copy of a message whose attempt is here is adopted: it is
 * acknowledged (or given back) together with the run. An attempt is entered before the batch that inserts it is sent,
 * because two copies can share a batch.
 */
export class Runs {
  readonly #byAttempt = new Map<string, Run>();

  get size(): number {
    return this.#byAttempt.size;
  }

  /** A new run; or undefined, when the delivery was adopted by the one that is under way. */
  enter(attemptId: string, delivery: Delivery): Run | undefined {
    const underWay = this.#byAttempt.get(attemptId);
    if (underWay) {
      underWay.adopt(delivery);
      return undefined;
    }
    const run = new Run(delivery);
    this.#byAttempt.set(attemptId, run);
    run.cover(attemptId);
    return run;
  }

  /** The run goes on with another attempt of its step. False: another run of this process has that attempt. */
  cover(run: Run, attemptId: string): boolean {
    const underWay = this.#byAttempt.get(attemptId);
    if (underWay === run) return true;
    if (underWay) return false;
    this.#byAttempt.set(attemptId, run);
    run.cover(attemptId);
    return true;
  }

  leave(run: Run): void {
    for (const attemptId of run.attemptIds) this.#byAttempt.delete(attemptId);
  }
}

/** One message being taken, with every copy of it that came meanwhile. */
export class Run {
  readonly #deliveries: Delivery[];
  readonly #attemptIds: string[] = [];

  constructor(delivery: Delivery) {
    this.#deliveries = [delivery];
  }

  get attemptIds(): readonly string[] {
    return this.#attemptIds;
  }

  adopt(delivery: Delivery): void {
    this.#deliveries.push(delivery);
  }

  cover(attemptId: string): void {
    this.#attemptIds.push(attemptId);
  }

  /** Only after everything that follows from the message is durable. */
  acknowledge(): void {
    for (const delivery of this.#deliveries) delivery.ack();
  }

  giveBack(): void {
    for (const delivery of this.#deliveries) delivery.giveBack();
  }
}

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

  /** The run goes on with another attempt of its step. False: it was adopted by a run that has that attempt. */
  cover(run: Run, attemptId: string): boolean {
    const underWay = this.#byAttempt.get(attemptId);
    if (underWay === run) return true;
    if (underWay) {
      run.joinTo(underWay);
      return false;
    }
    this.#byAttempt.set(attemptId, run);
    run.cover(attemptId);
    return true;
  }

  leave(run: Run): void {
    for (const attemptId of run.attemptIds) this.#byAttempt.delete(attemptId);
  }
}

/**
 * One message being taken, with every copy of it that came meanwhile.
 *
 *   open → acknowledged | given back       for all copies, those included that come afterwards
 *        ↘ joined                          its copies are another run's from now on
 */
export class Run {
  #deliveries: Delivery[];
  readonly #attemptIds: string[] = [];
  #settle: ((delivery: Delivery) => void) | undefined;

  constructor(delivery: Delivery) {
    this.#deliveries = [delivery];
  }

  get attemptIds(): readonly string[] {
    return this.#attemptIds;
  }

  /** A copy that comes after the end, while the run is still in the table, ends as the others did. */
  adopt(delivery: Delivery): void {
    if (this.#settle) this.#settle(delivery);
    else this.#deliveries.push(delivery);
  }

  cover(attemptId: string): void {
    this.#attemptIds.push(attemptId);
  }

  /** Only after everything that follows from the message is durable. */
  acknowledge(): void {
    this.#end((delivery) => delivery.ack());
  }

  giveBack(): void {
    this.#end((delivery) => delivery.giveBack());
  }

  /** Leaves its copies, also those still to come, to another run of the same step. */
  joinTo(other: Run): void {
    this.#end((delivery) => other.adopt(delivery));
  }

  #end(settle: (delivery: Delivery) => void): void {
    this.#settle = settle;
    for (const delivery of this.#deliveries) settle(delivery);
    this.#deliveries = [];
  }
}

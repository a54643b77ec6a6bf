import { Fatal } from '../core/errors.ts';
import type { Log } from './log.ts';

/** The messages that one consumer has under way. One whose processing fails stays unacknowledged: the broker delivers it again. */
export class UnderWay {
  readonly #taken = new Set<Promise<void>>();
  readonly #log: Log;
  readonly #of: Readonly<Record<string, string>>;

  /** @param of what the log says of a message that is left */
  constructor(log: Log, of: Readonly<Record<string, string>>) {
    this.#log = log;
    this.#of = of;
  }

  add(processing: Promise<void>): void {
    const taken = processing.catch((error: unknown) => {
      if (error instanceof Fatal) return; // the process ends; the broker delivers the message to another
      this.#log.error({ ...this.#of, err: error }, 'message left unacknowledged');
    });
    this.#taken.add(taken);
    void taken.then(() => this.#taken.delete(taken));
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#taken.size > 0) await Promise.all(this.#taken);
  }
}

import type { Log, LogDetails } from './log.ts';

export interface CapOptions {
  /** Lines about one key until it falls silent. Default 3. */
  readonly linesPerKey?: number;
  /** Keys that are remembered; the one that was quiet longest is forgotten first. Default 1000. */
  readonly keys?: number;
}

/**
 * Warnings about one and the same message, at most so many: a poison message that comes again and again must not fill the
 * disk. The last line about a key says that it is the last.
 */
export class CappedLog {
  readonly #log: Log;
  readonly #linesPerKey: number;
  readonly #keys: number;
  /** Lines written by key, the key that was quiet longest first. */
  readonly #written = new Map<string, number>();

  constructor(log: Log, { linesPerKey = 3, keys = 1_000 }: CapOptions = {}) {
    this.#log = log;
    this.#linesPerKey = linesPerKey;
    this.#keys = keys;
  }

  /** @param key what the line is about, e.g. a message id */
  warn(key: string, details: LogDetails, message: string): void {
    const lines = (this.#written.get(key) ?? 0) + 1;
    this.#written.delete(key);
    this.#written.set(key, lines);
    this.#forgetOldest();
    if (lines > this.#linesPerKey) return;
    this.#log.warn(lines === this.#linesPerKey ? { ...details, lastLineAboutIt: true } : details, message);
  }

  #forgetOldest(): void {
    if (this.#written.size <= this.#keys) return;
    for (const oldest of this.#written.keys()) {
      this.#written.delete(oldest);
      return;
    }
  }
}

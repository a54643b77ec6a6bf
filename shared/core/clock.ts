/** A running timer. */
export interface Timer {
  /** Forgets the timer; a timer that has fired already is not disturbed. */
  cancel(): void;
}

/**
 * The only source of time. The engine never asks the platform, so that tests and the simulation can run it in
 * virtual time. `runtime/clock.ts` binds it to the platform.
 */
export interface Clock {
  /** Wall-clock time, milliseconds since 1970. May jump. Used for what people read and for `sentAt`. */
  now(): number;
  /** Milliseconds that never jump or run backwards. Used for every decision that depends on elapsed time. */
  monotonic(): number;
  /** Calls `action` once, `ms` milliseconds from now. */
  after(ms: number, action: () => void): Timer;
  /** Resolves after `ms` milliseconds, or as soon as `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The only source of chance: jitter and ids. Seeded in tests and in the simulation. */
export interface Random {
  /** A number from 0 (inclusive) to 1 (exclusive). */
  next(): number;
  /** A short id that is unique in the whole fleet, `[a-z0-9]{16,20}`. */
  id(): string;
}

/** How time passes on a test line. */
export interface LineTime {
  /** Moves time on by so much, and resolves when what was due has happened. @throws Error when the servers' time cannot do that */
  advance(ms: number): Promise<void>;
  /** Resolves when nothing is under way that needs no more time. */
  settle(): Promise<void>;
  /** Lets time pass, if need be, until the promise settles. */
  until<T>(promise: Promise<T>): Promise<T>;
  /** Whether it holds: in virtual time now, after settling; on real servers within a limit. */
  holds(check: () => Promise<boolean>): Promise<boolean>;
  /** A fault has struck: what the steward does about it may take its time to begin. */
  struck(): void;
  /** A worker was killed with messages in its hands: the others take over when its heartbeat has run out. */
  troubled(): void;
}

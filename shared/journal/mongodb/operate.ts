import type { Commands } from './commands.ts';

/** One process's connection to the journal's database. */
export interface Connection {
  readonly commands: Commands;
  /** The same with a shorter bound: a heartbeat that hangs must leave time for another. */
  readonly heartbeats: Commands;
  /** Ends timers and sockets. Must not reject. */
  end(): Promise<void>;
}

/** Does something on an open connection, which waits for it before it ends. @throws Fatal `stopped` */
export type Operate = <T>(operation: (connection: Connection) => Promise<T>) => Promise<T>;

import type { Clock, Random } from '../../core/clock.ts';
import type { ConnectionState } from './connection.ts';

/** Where the adapter tells what it sees: constant messages, the particulars in `fields`. Must not throw. */
export type BrokerLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, string | number>>,
) => void;

/** The two connections: an alarm of the broker blocks the one that publishes, and acknowledgements must still pass. */
export type Purpose = 'publishing' | 'consuming';

/** How long each state may last, milliseconds. */
export interface Deadlines {
  /** From the first packet to an open connection. Default 10,000. */
  readonly connectMs: number;
  /** From an open connection to an open channel that consumes or publishes. Default 10,000. */
  readonly openMs: number;
  /** From the call of `publish` to its answer, waiting for a connection included. Default 10,000. */
  readonly publishMs: number;
  /** For `declare`, `verify`, `depth` and `cancel`, waiting for a connection included. Default 15,000. */
  readonly operationMs: number;
  /** From the call of `close` to the end, publishes under way included. Default 10,000. */
  readonly closeMs: number;
}

export interface RabbitMqOptions {
  /** `amqp://` or `amqps://`, with user, password and virtual host. Never logged. */
  readonly url: string;
  readonly clock: Clock;
  readonly random: Random;
  /** What the broker's operators see: which process this is. */
  readonly name: string;
  readonly log?: BrokerLog;
  /** Called at each change of a connection's state. Must not throw. */
  readonly onState?: (purpose: Purpose, state: ConnectionState) => void;
  /** A dead peer is noticed after two to three of these. Default 10; 0 = never. */
  readonly heartbeatSeconds?: number;
  readonly deadlines?: Partial<Deadlines>;
}

/** What the parts of the adapter share: the options, completed. */
export interface Settings {
  readonly url: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly name: string;
  readonly log: BrokerLog;
  readonly onState: (purpose: Purpose, state: ConnectionState) => void;
  readonly heartbeatSeconds: number;
  readonly deadlines: Deadlines;
}

const DEFAULT_DEADLINES: Deadlines = {
  connectMs: 10_000,
  openMs: 10_000,
  publishMs: 10_000,
  operationMs: 15_000,
  closeMs: 10_000,
};

export const completeOptions = (options: RabbitMqOptions): Settings => ({
  log: () => {},
  onState: () => {},
  heartbeatSeconds: 10,
  ...options,
  deadlines: { ...DEFAULT_DEADLINES, ...options.deadlines },
});

import type { Broker } from '../broker/broker.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Journal } from '../journal/journal.ts';
import type { LineTime } from './line-time.ts';
import type { Traffic } from './traffic.ts';

/** A process's connection to the broker. */
export interface Connection {
  readonly broker: Broker;
  /** Breaks it, as when its process is killed: what is unacknowledged is delivered again. */
  cut(): void;
}

/** Where a test line stands: in memory, or on real servers. */
export interface Premises {
  readonly namespace: string;
  /** What processes live by. */
  readonly clock: Clock;
  readonly random: Random;
  readonly time: LineTime;
  readonly traffic: Traffic;
  /** By how much declared durations are divided. 1: not at all. */
  readonly scale: number;
  readonly livenessTimeoutMs: number;
  /** A journal for everyone: what one of the processes has written, all others read. */
  readonly journal: Journal;
  connect(program: string): Connection;
  /** Whether no message is anywhere, the delay ladder included; undefined when that cannot be known. */
  readonly isDrained: boolean | undefined;
  /** Takes everything away, also from the servers. @param actions whose stations were declared */
  close(actions: readonly string[]): Promise<void>;
}

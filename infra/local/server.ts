export type ServerName = 'rabbitmq' | 'mongodb';

export interface ServerStatus {
  readonly name: ServerName;
  /**
   * ready: a client can work · unready: it runs, but does not answer (it starts, or hangs) · paused: stopped by a signal ·
   * stopped: it does not run · absent: it was never set up here.
   */
  readonly state: 'ready' | 'unready' | 'paused' | 'stopped' | 'absent';
  readonly version?: string;
  readonly pid?: number;
  readonly ports: Readonly<Record<string, number>>;
  readonly directory: string;
}

/**
 * One server that we own. Calls are safe at any time, from several processes, and in any state of the server: each says
 * what shall be true when it resolves, and does nothing when it is true already.
 */
export interface Server {
  readonly name: ServerName;
  /** Installed, running, ready. Heals whatever it finds: half-started, killed, paused, hanging. Resolves to whether it had to do anything. */
  up(): Promise<boolean>;
  /** Running and ready on its known ports, without installing anything: the way back from stop and kill9. */
  start(): Promise<void>;
  /** Ended as an operator would end it. The data stays. */
  stop(): Promise<void>;
  /** Ended by SIGKILL, without a word to its clients and its disk. */
  kill9(): Promise<void>;
  /** Stopped by SIGSTOP: connections stay open and nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Resolves when a client can work; rejects when that takes too long. */
  waitReady(): Promise<void>;
  /** Ended at once, and what it kept gone; `start` begins it empty, at the same address and with the same password. */
  loseData(): Promise<void>;
  /** Ended at once, and everything of it gone. */
  wipe(): Promise<void>;
  status(): Promise<ServerStatus>;
  /** What clients dial; undefined when it was never set up. */
  urls(): ServerUrls | undefined;
}

export interface ServerUrls {
  /** AMQP or MongoDB. */
  readonly url: string;
  /** The management API, with its credentials; RabbitMQ only. */
  readonly managementUrl?: string;
}

import { z } from 'zod';
import { durationMs } from '../core/duration.ts';

/** Programs that read the environment. */
export type Program = 'intake' | 'worker' | 'steward' | 'cli';

/** One environment variable. */
export interface Setting {
  readonly name: string;
  /** What it sets, and what follows from setting it otherwise. */
  readonly meaning: string;
  /** As it would be written in the environment; goes through `parser` like any other value. Absent: there is none. */
  readonly default?: string;
  /** What is allowed, for people. */
  readonly allowed: string;
  /** From the variable's text; from undefined when it is neither set nor has a default. */
  readonly parser: z.ZodType<unknown, string | undefined>;
  /** URLs carry credentials: their value is masked wherever it is shown. */
  readonly isUrl?: true;
  readonly programs: readonly Program[];
}

/** A duration within bounds, milliseconds. */
const duration = (least: string, most: string) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/)
    .transform((text) => durationMs(text, 'duration'))
    .pipe(z.number().min(durationMs(least, 'least')).max(durationMs(most, 'most')));

const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.number().max(65_535));

const everywhere: readonly Program[] = ['intake', 'worker', 'steward', 'cli'];
const services: readonly Program[] = ['intake', 'worker', 'steward'];

/** Every environment variable that the engine reads. The README's table is made from this. */
export const SETTINGS = {
  amqpUrl: {
    name: 'AMQP_URL',
    meaning: 'RabbitMQ 3.10 or newer.',
    allowed: 'a URL that starts with amqp:// or amqps://',
    parser: z.string().regex(/^amqps?:\/\/[^\s/?#]\S*$/),
    isUrl: true,
    programs: everywhere,
  },
  mongodbUrl: {
    name: 'MONGODB_URL',
    meaning: 'MongoDB 6.0 or newer, a replica set. When it names no database, the namespace does.',
    allowed: 'a URL that starts with mongodb:// or mongodb+srv://',
    parser: z.string().regex(/^mongodb(\+srv)?:\/\/[^\s/?#]\S*$/),
    isUrl: true,
    programs: everywhere,
  },
  namespace: {
    name: 'CONVEYOR_NAMESPACE',
    meaning: 'Begins the name of every exchange and queue, so that several lines can share a broker.',
    default: 'conveyor',
    allowed: 'a lower-case letter, then up to 31 of a-z, 0-9 and "-"',
    parser: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
    programs: everywhere,
  },
  actionsModule: {
    name: 'ACTIONS_MODULE',
    meaning: 'The module whose actions the worker hosts: a path or a package.',
    allowed: 'a path or the name of a package; not set: the orders line',
    parser: z.string().optional(),
    programs: ['worker'],
  },
  livenessTimeoutMs: {
    name: 'LIVENESS_TIMEOUT',
    meaning:
      'A worker that has not renewed its heartbeat for so long counts as dead, and its steps go on elsewhere. The same for all workers and stewards; longer than a failover of MongoDB.',
    default: '5s',
    allowed: 'a duration from 2s to 5m',
    parser: duration('2s', '5m'),
    programs: ['worker', 'steward', 'cli'],
  },
  definitionWaitMs: {
    name: 'DEFINITION_WAIT',
    meaning: 'How long a start event waits for its workflow definition to be registered, until it is set aside.',
    default: '60s',
    allowed: 'a duration from 0s to 1d',
    parser: duration('0s', '1d'),
    programs: ['intake'],
  },
  retentionMs: {
    name: 'RETENTION',
    meaning:
      'How long ended workflows and notifications are kept; then a steward removes them. The same for all. A message older than half of it is taken only when its workflow is still there.',
    default: '30d',
    allowed: 'a duration from 1h to 3650d',
    parser: duration('1h', '3650d'),
    programs: services,
  },
  shutdownGraceMs: {
    name: 'SHUTDOWN_GRACE',
    meaning:
      'How long a stop may take. Below what the platform waits before it kills (Kubernetes: 30 s, Docker: 10 s unless told otherwise).',
    default: '25s',
    allowed: 'a duration from 1s to 30m',
    parser: duration('1s', '30m'),
    programs: services,
  },
  logLevel: {
    name: 'LOG_LEVEL',
    meaning: 'Which lines are written to standard output, as JSON. `debug` adds the stacks of errors.',
    default: 'info',
    allowed: 'debug, info, warn, error or silent',
    parser: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    programs: services,
  },
  metricsHost: {
    name: 'METRICS_HOST',
    meaning: 'The address at which `/metrics`, `/healthz` and `/readyz` are served. They are not protected.',
    default: '0.0.0.0',
    allowed: 'an IP address',
    parser: z.union([z.ipv4(), z.ipv6()]),
    programs: services,
  },
  metricsPort: {
    name: 'METRICS_PORT',
    meaning: 'The port of the same. 0: any free one, which the log names.',
    default: '9464',
    allowed: 'a port from 0 to 65535',
    parser: port,
    programs: services,
  },
} as const satisfies Record<string, Setting>;

import { RabbitMqBroker } from '../broker/rabbitmq/index.ts';
import type { Clock, Random } from '../core/clock.ts';
import { connectMongoJournal, type MongoJournal } from '../journal/mongodb/index.ts';
import type { Config } from '../runtime/config.ts';
import type { Log } from '../runtime/log.ts';

/** What connecting needs of a program. */
export interface Connecting {
  readonly config: Pick<Config, 'amqpUrl' | 'mongodbUrl' | 'namespace'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Which program this is, for the operators of the servers. */
  readonly program: string;
}

/** A process that stops has told the broker everything; this is for the closing handshakes. */
const CLOSE_MS = 2_000;

/** A broker that begins to connect, and goes on connecting for as long as it is not closed. */
export const connectBroker = ({ config, clock, random, log, program }: Connecting): RabbitMqBroker =>
  new RabbitMqBroker({
    url: config.amqpUrl,
    name: `conveyor ${config.namespace} ${program}`,
    clock,
    random,
    log: (level, message, fields) => log[level](fields, message),
    deadlines: { closeMs: CLOSE_MS },
  });

/**
 * A journal that is connected, its database prepared.
 * @throws Unavailable `journal-unavailable`; Fatal `config-invalid`, `journal-standalone`, `schema-newer`
 */
export const connectJournal = ({ config, clock }: Connecting): Promise<MongoJournal> =>
  connectMongoJournal({ url: config.mongodbUrl, namespace: config.namespace, clock });

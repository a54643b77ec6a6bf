import { type Deadlines, RabbitMqBroker } from '../broker/rabbitmq/index.ts';
import type { Clock, Random } from '../core/clock.ts';
import { connectMongoJournal, type MongoJournal } from '../journal/mongodb/index.ts';
import type { Config } from '../runtime/config.ts';
import type { Log } from '../runtime/log.ts';
import { CLOSE_MS } from '../runtime/stop-budget.ts';

export interface BrokerConnecting {
  readonly config: Pick<Config, 'amqpUrl' | 'namespace'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Which program this is, for the operators of the broker. */
  readonly program: string;
  /** For programs that would rather give up than wait. */
  readonly deadlines?: Partial<Deadlines>;
}

/** A broker that begins to connect, and goes on connecting for as long as it is not closed. */
export const connectBroker = (connecting: BrokerConnecting): RabbitMqBroker => {
  const { config, clock, random, log, program, deadlines } = connecting;
  return new RabbitMqBroker({
    url: config.amqpUrl,
    name: `conveyor ${config.namespace} ${program}`,
    clock,
    random,
    log: (level, message, fields) => log[level](fields, message),
    deadlines: { closeMs: CLOSE_MS, ...deadlines },
  });
};

export interface JournalConnecting {
  readonly config: Pick<Config, 'mongodbUrl' | 'namespace'>;
  readonly clock: Clock;
}

/**
 * A journal that is connected, its database prepared.
 * @throws Unavailable `journal-unavailable`; Fatal `config-invalid`, `journal-standalone`, `schema-newer`
 */
export const connectJournal = ({ config, clock }: JournalConnecting): Promise<MongoJournal> =>
  connectMongoJournal({ url: config.mongodbUrl, namespace: config.namespace, clock });

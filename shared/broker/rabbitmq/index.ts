export { RabbitMqBroker } from './broker.ts';
export type { ConnectionState } from './connection.ts';
export type { BrokerLog, Deadlines, Purpose, RabbitMqOptions } from './options.ts';
export { type BrokerTraces, removeFromBroker } from './removal.ts';

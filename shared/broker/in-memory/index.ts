export type { InMemoryConnection } from './connection.ts';
export { InMemoryBroker, type QueueDepth } from './server.ts';

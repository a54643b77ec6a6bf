/** How to go on without servers of our own; every message that ends in "it cannot be done here" carries it. */
export const USE_EXISTING_SERVERS =
  'To use servers that you already have, set both AMQP_URL (amqp://user:password@host:5672) and ' +
  'MONGODB_URL (mongodb://host:27017/?replicaSet=name; a replica set, one node is enough) and repeat the command.';

/** The servers cannot be had, or cannot be had in this way. The message says why and what to do next. */
export class ServersUnavailable extends Error {
  override readonly name = 'ServersUnavailable';
}

/** The text of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// A line's traces on servers that others use, too: taken away by name, nothing else is touched.
import { type BrokerTraces, removeFromBroker } from '../broker/rabbitmq/index.ts';
import { dropDatabase } from '../journal/mongodb/index.ts';

export { withDatabase } from '../journal/mongodb/index.ts';

export interface NamespaceTraces extends BrokerTraces {
  readonly mongodbUrl: string;
  readonly database: string;
}

/** Deletes the queues, the exchanges and the database; what is gone already is no error. */
export async function removeTraces(traces: NamespaceTraces): Promise<void> {
  const results = await Promise.allSettled([
    removeFromBroker(traces),
    dropDatabase(traces.mongodbUrl, traces.database),
  ]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

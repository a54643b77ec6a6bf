import { MongoClient } from 'mongodb';

const WITHIN_MS = 10_000;

/** Deletes a database; one that is not there is no error. For lines that were set up for one run only. */
export async function dropDatabase(url: string, database: string): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: WITHIN_MS });
  try {
    await client.db(database).dropDatabase();
  } finally {
    await client.close();
  }
}

/**
 * The URL with another database in it: what the URL names belongs to somebody else. Credentials are still looked up where they were.
 * @param url `mongodb://` or `mongodb+srv://`, also with several hosts
 */
export function withDatabase(url: string, database: string): string {
  const match = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(url);
  const [, hosts = '', named = '', query = ''] = match ?? [];
  if (!match) throw new Error('MONGODB_URL is not a MongoDB URL');
  const parameters = new URLSearchParams(query);
  if (hosts.includes('@') && !parameters.has('authSource')) parameters.set('authSource', named || 'admin');
  const rest = parameters.toString();
  return `${hosts}/${database}${rest ? `?${rest}` : ''}`;
}

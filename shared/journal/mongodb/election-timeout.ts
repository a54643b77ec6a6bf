import { MongoServerError } from 'mongodb';
import type { Commands } from './commands.ts';

/**
 * How long the replica set waits for a silent primary before it elects another, milliseconds; null when this user may not know, or
 * a router answers, which has no such setting.
 * @throws Unavailable `journal-unavailable`
 */
export async function electionTimeoutMs(commands: Commands): Promise<number | null> {
  try {
    const reply = await commands.ask('election-timeout', { replSetGetConfig: 1 });
    const timeoutMs: unknown = reply['config']?.settings?.electionTimeoutMillis;
    return typeof timeoutMs === 'number' ? timeoutMs : null;
  } catch (error) {
    if (error instanceof Error && error.cause instanceof MongoServerError) return null;
    throw error;
  }
}

import { MongoServerError } from 'mongodb';
import type { Commands } from './commands.ts';

const NAMESPACE_EXISTS = 48;

/** Creates a collection unless it exists. */
export async function createCollection(commands: Commands, name: string): Promise<void> {
  try {
    await commands.write('create-collection', { create: name });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (!(cause instanceof MongoServerError && cause.code === NAMESPACE_EXISTS)) throw error;
  }
}

export { connectMongoJournal, type MongoJournalOptions } from './connect.ts';
export { dropDatabase, withDatabase } from './drop-database.ts';
export type { MongoJournal } from './mongo-journal.ts';

export { connectMongoJournal, type MongoJournalOptions } from './connect.ts';
export type { MongoJournal } from './mongo-journal.ts';

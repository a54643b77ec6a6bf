export { InMemoryJournal } from './journal.ts';
export { InMemoryStore } from './store.ts';

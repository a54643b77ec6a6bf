export { InMemoryStore } from './store.ts';

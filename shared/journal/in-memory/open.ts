import type { InMemoryStore } from './store.ts';

/** The store of an open journal. @throws Fatal `stopped` */
export type Open = () => InMemoryStore;

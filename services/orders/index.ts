/** The orders line as a module: what a worker hosts and what is registered, unless told otherwise. */
export { actions } from './actions/index.ts';
export { definitions } from './definitions/index.ts';

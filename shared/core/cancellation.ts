import type { EndStatus } from './workflow-definition.ts';

/** The one answer to a request for cancellation; who asks again gets it again. */
export type CancelAnswer =
  /** Nothing of the workflow starts any more, and what was done is undone, or the definition's own way is taken. */
  | { readonly kind: 'accepted' }
  /** The definition allows no cancellation in this state, or the workflow is being undone already. */
  | { readonly kind: 'refused'; readonly state: string; readonly reason: string }
  /** It had ended. */
  | { readonly kind: 'too-late'; readonly status: EndStatus }
  /** Another request was accepted: the id of its intent. */
  | { readonly kind: 'already-cancelling'; readonly by: string };

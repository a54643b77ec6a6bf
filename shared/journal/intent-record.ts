import type { CancelAnswer, OperatorOrder } from '../core/cancellation.ts';

/** A request for cancellation. Open until it is answered; the answer stands. */
export interface IntentRecord {
  /** Hash of `source` and `eventId`: the same request again is the same document. */
  readonly _id: string;
  readonly workflowId: string;
  /** Free text, cut. */
  readonly reason: string;
  readonly source: string;
  readonly eventId: string;
  readonly requestedAt: Date;
  /** It is an operator's order about a parked step, which the state's own rule does not refuse. */
  readonly order?: OperatorOrder;
  /** The step at which the workflow is being cancelled; 0 until that is pinned. */
  readonly at: number;
  readonly state: 'open' | 'closed';
  readonly answer?: CancelAnswer;
  readonly closedAt?: Date;
}

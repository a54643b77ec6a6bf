import type { Duration } from '../../../shared/index.ts';

/** How long the line waits for what takes its time outside. */
export interface Patience {
  /** How long after its request something is asked about first; then ever more seldom. */
  readonly poll: Duration;
  /** How long it is waited for at all. */
  readonly limit: Duration;
}

export interface Patiences {
  /** With a bank that has not confirmed a payment. */
  readonly payment: Patience;
  /** With a carrier that has not delivered a parcel. */
  readonly delivery: Patience;
}

export const USUAL_PATIENCE: Patiences = {
  payment: { poll: '1m', limit: '3d' },
  delivery: { poll: '1h', limit: '30d' },
};

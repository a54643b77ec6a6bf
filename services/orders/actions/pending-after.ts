import { type Pending, pending, type Retry } from '../../../shared/index.ts';

/** What a poll says of a downstream that is busy: the wait goes on, and is asked about no sooner than it wishes. */
export const pendingAfter = ({ afterMs }: Retry): Pending =>
  pending(afterMs === undefined ? {} : { after: `${afterMs}ms` });

import { unreachable } from '../../core/unreachable.ts';
import type { HeadChange } from '../journal.ts';
import type { Head } from '../records.ts';

/** The head after a change; the same head where the change cannot be true of it. */
export function applyChange(head: Head, change: HeadChange): Head {
  const { parked, ...rest } = head;
  switch (change.kind) {
    case 'ended':
      return { ...rest, status: change.status, endedAt: change.at };
    case 'parked': {
      const applies = head.status === 'running' || (parked !== undefined && parked.step <= change.parked.step);
      return applies ? { ...rest, status: 'parked', parked: change.parked } : head;
    }
    case 'resumed':
      return parked?.step === change.step ? { ...rest, status: 'running' } : head;
    default:
      return unreachable(change);
  }
}

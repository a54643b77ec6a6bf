import type { BeginWait } from '../core/transition.ts';
import type { WaitTerms } from '../journal/wait-records.ts';

/** A wait as the journal keeps it, with the fate of its attempt and again in a document of its own. */
export function termsOf({ notification, pollAfterMs, due, until, otherwise }: BeginWait): WaitTerms {
  return {
    ...(notification === undefined ? {} : { notification }),
    ...(pollAfterMs === undefined ? {} : { pollAfterMs }),
    ...(due === undefined ? {} : { due: new Date(due) }),
    ...(until === undefined ? {} : { until: new Date(until) }),
    ...(otherwise === undefined ? {} : { otherwise }),
  };
}

/** Beyond it a number of milliseconds is no whole one any more; and nothing times "endless" is no number at all. */
const MOST_DOUBLINGS = 52;

/**
 * A pause that doubles each time, up to a limit: so a short trouble costs little time, and a long one little work.
 * @param firstMs the first pause, milliseconds
 * @param times how often it has doubled: 0 for the first pause
 * @param longestMs no pause is longer
 */
export const doubledMs = (firstMs: number, times: number, longestMs: number): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(times, MOST_DOUBLINGS));

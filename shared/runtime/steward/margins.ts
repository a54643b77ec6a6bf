/** What has not been still for so long is left alone: somebody works on it, or follows through. Milliseconds. */
export const QUIET_MS = 10_000;

/** What is allowed for between the clocks of two machines, one of which may be the database's. Milliseconds. */
export const CLOCKS_DIFFER_MS = 3_600_000;

import { Refused } from './errors.ts';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time as people write it: `250ms`, `10s`, `5m`, `2h`, `30d`. */
export type Duration = `${number}${keyof typeof UNITS}`;

export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Milliseconds of a duration. @throws Refused `duration-invalid` naming `field` */
export function durationMs(text: string, field: string): number {
  const match = DURATION_PATTERN.exec(text);
  const unit = match?.[2];
  if (!match || !unit) throw new Refused('duration-invalid', { field, value: text });
  // The pattern admits the keys of UNITS only.
  return Math.round(Number(match[1]) * UNITS[unit as keyof typeof UNITS]);
}

import { InvalidArgumentError, Option } from 'commander';
import { durationMs } from '../../shared/core/duration.ts';
import { Refused } from '../../shared/core/errors.ts';
import type { JsonObject } from '../../shared/core/json.ts';

/** Every command has it. */
export const jsonOption = (): Option => new Option('--json', 'one JSON document for programs; see docs/cli.md');

/** A whole number from `least` to `most`. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };

/** Milliseconds from e.g. `30s`. */
export function duration(text: string): number {
  try {
    return durationMs(text, 'duration');
  } catch (error) {
    if (error instanceof Refused) throw new InvalidArgumentError('Write e.g. 500ms, 30s or 5m.');
    throw error;
  }
}

/** A JSON object, as a workflow's input is one. */
export function jsonObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new InvalidArgumentError('It must be a JSON object.');
  }
  // JSON.parse makes nothing but JSON, and it is an object.
  return value as JsonObject;
}

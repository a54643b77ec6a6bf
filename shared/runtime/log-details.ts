import { cutText } from '../core/limits.ts';
import type { LogDetails } from './log.ts';
import { maskUrls } from './mask.ts';

/** A line is read by people: more details than this are cut off. */
const DETAILS_PER_LINE = 32;
const ITEMS_PER_LIST = 20;
const STACK_LINES = 20;
/** An error's cause and that one's cause are shown; longer chains say nothing new. */
const CAUSES = 2;

type Shown = string | number | boolean | null | undefined | readonly Shown[] | { readonly [key: string]: Shown };

/**
 * What is written of a line's details: scalars, dates, errors, and lists of them; free text is cut, URLs are masked. Any
 * other object is left out and only its kind is named, since it may be a payload or hold one.
 */
export function presentDetails(details: LogDetails, withStacks: boolean): Record<string, Shown> {
  const shown: Record<string, Shown> = {};
  for (const [key, value] of Object.entries(details).slice(0, DETAILS_PER_LINE)) {
    shown[key] = Array.isArray(value)
      ? value.slice(0, ITEMS_PER_LIST).map((item: unknown) => presentValue(item, withStacks))
      : presentValue(value, withStacks);
  }
  return shown;
}

function presentValue(value: unknown, withStacks: boolean): Shown {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return presentText(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Error) return presentError(value, withStacks, CAUSES);
  if (value instanceof Date) return value.toJSON();
  return `[${typeof value}]`;
}

const presentText = (text: string): string => cutText(maskUrls(text));

/** An error as code and message. The message's own text is not repeated from the stack, where it would stand unmasked. */
function presentError(error: Error & { code?: unknown }, withStack: boolean, causes: number): Shown {
  const { name, code, cause } = error;
  const message: unknown = error.message || firstMessage(error);
  return {
    type: name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    // Libraries put whole objects there; those could be payloads.
    message: typeof message === 'string' ? presentText(message) : `[${typeof message}]`,
    ...(withStack ? { stack: stackFrames(error) } : {}),
    ...(cause instanceof Error && causes > 0 ? { cause: presentError(cause, withStack, causes - 1) } : {}),
  };
}

/** Node's own "could not connect to any address" has an empty message; its parts have one. */
function firstMessage(error: Error): string {
  const [first]: unknown[] = error instanceof AggregateError ? error.errors : [];
  return first instanceof Error ? first.message : '';
}

const stackFrames = (error: Error): string =>
  (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, STACK_LINES)
    .map((line) => line.trim())
    .join('\n');

/**
 * What text from outside must not bring to a screen: control characters (they move the cursor, and begin a new line where one
 * line is meant), line separators, halves of characters, and what turns the direction of writing round, so that a text reads as another.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** As JSON would write them. */
const escaped = (character: string): string =>
  character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A text from outside as one line that shows everything that is in it. */
export const printableText = (text: string): string => text.replace(UNPRINTABLE, escaped);

/** A value whose texts, at any depth, can be shown. The keys of objects, too. */
export function printable<T>(value: T): T {
  if (typeof value === 'string') return printableText(value) as T; // a string stays one
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => printable(item)) as T; // item by item, the same
  const entries = Object.entries(value).map(([key, item]) => [printableText(key), printable(item)] as const);
  return Object.fromEntries(entries) as T; // field by field, the same
}

/** A control character that may begin a colour, as the command line itself writes them; or any other. */
const COLOUR_OR_UNPRINTABLE = new RegExp(`\\p{Cc}\\[\\d{1,2}m|${UNPRINTABLE.source}`, 'gu');

const isOwn = (found: string): boolean => found === '\n' || (found.length > 1 && found.startsWith('\u001b'));

/**
 * The last net under a whole text for people: what is left of control characters in it is shown, but for the ends of its lines and
 * its colours.
 */
export const screenText = (text: string): string =>
  text.replace(COLOUR_OR_UNPRINTABLE, (found) => (isOwn(found) ? found : printableText(found)));

/** JSON that can be shown: what `JSON.stringify` leaves as it is, written as escapes. It stays the same JSON. */
export const screenJson = (value: unknown, indent = 2): string =>
  JSON.stringify(value, null, indent).replace(UNPRINTABLE, (found) => (found === '\n' ? found : escaped(found)));

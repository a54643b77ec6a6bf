/**
 * A bound on how long a regular expression can take, found without running it. JavaScript's expressions backtrack: in the
 * worst case they try every way in which the pattern can be laid over the text. Definitions come from outside, so their
 * patterns must have few ways.
 */

/** What one level of parentheses has gathered so far. */
interface Group {
  /** Ways of the alternatives that are finished, added up. */
  finished: number;
  /** Ways of the parts before the last one of the present alternative, multiplied. */
  before: number;
  /** Ways of the last part, which a quantifier behind it repeats. */
  last: number;
}

/** A part of a pattern: an escape, a class, the start of a group, a quantifier, or any other character. */
const PART =
  /\\(?:[pP]\{[^}]*\}|u\{[0-9a-fA-F]+\}|[^])|\[(?:\\[^]|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|<\w+>))?|(?:[*+?]|\{\d+(?:,\d*)?\})\??|[^]/gu;

/**
 * Steps that matching takes at most on a text of the given length: the places where a match may start, times the ways to
 * match from one, times the work for one way. Infinity where that grows without bound: a repetition of what itself has
 * several ways, or a back-reference.
 */
export function patternSteps(source: string, length: number): number {
  const groups: Group[] = [newGroup()];
  let widest = source.length;
  let alternatives = false;
  for (const [part] of source.matchAll(PART)) {
    const group = groups.at(-1);
    if (!group || /^\\[1-9k]/.test(part)) return Number.POSITIVE_INFINITY;
    if (part.startsWith('(')) groups.push(newGroup());
    else if (part === ')') closeGroup(groups);
    else if (part === '|') {
      alternatives ||= groups.length === 1;
      Object.assign(group, { ...newGroup(), finished: waysOf(group) });
    } else if (/^(?:[*+?]|\{\d)/.test(part)) {
      const [least, most] = repetitions(part);
      group.last = repeated(group.last, least, Math.min(most, length));
      if (Number.isFinite(most)) widest *= Math.max(1, most);
    } else append(group, 1);
  }
  const ways = groups.reduce((product, group) => product * waysOf(group), 1);
  const starts = source.startsWith('^') && !alternatives ? 1 : length + 1;
  return starts * ways * (source.length + Math.min(widest, length));
}

const newGroup = (): Group => ({ finished: 0, before: 1, last: 1 });
const waysOf = ({ finished, before, last }: Group): number => finished + before * last;

function append(group: Group, ways: number): void {
  group.before *= group.last;
  group.last = ways;
}

function closeGroup(groups: Group[]): void {
  const inner = groups.pop();
  const outer = groups.at(-1);
  if (inner && outer) append(outer, waysOf(inner));
}

/** What has one way has, repeated, one for each number of repetitions; what has several has powers of them. */
const repeated = (ways: number, least: number, most: number): number =>
  Math.max(1, most - least + 1) * (ways === 1 ? 1 : ways ** most);

function repetitions(quantifier: string): readonly [least: number, most: number] {
  if (quantifier.startsWith('?')) return [0, 1];
  if (quantifier.startsWith('*')) return [0, Number.POSITIVE_INFINITY];
  if (quantifier.startsWith('+')) return [1, Number.POSITIVE_INFINITY];
  const [, least = '0', comma, most] = /^\{(\d+)(,?)(\d*)/.exec(quantifier) ?? [];
  if (comma === '') return [Number(least), Number(least)];
  return [Number(least), most ? Number(most) : Number.POSITIVE_INFINITY];
}

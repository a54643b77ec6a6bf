import { isUtf8 } from 'node:buffer';
import { SetAside } from '../core/errors.ts';
import { cutText, LIMITS } from '../core/limits.ts';

/** What a message's body is, by the code with which it is set aside when it is none. */
type InvalidCode = 'event-invalid' | 'envelope-invalid' | 'ticket-invalid';

/**
 * The value of a message's body. What comes back can be written as JSON and read again without a change, is no deeper than data
 * may be one level down in it, and has no field whose name works on objects.
 * @throws SetAside with `code`, naming the field
 */
export function parseJsonBody(body: Buffer, code: InvalidCode): unknown {
  // Decoding would put the same character in place of everything that is no UTF-8: two ids would become one, and the second
  // event would be taken for a copy of the first.
  if (!isUtf8(body)) throw new SetAside(code, { problem: 'body: not UTF-8' });
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    const problem = cutText(`body: not JSON (${(error as Error).message})`); // JSON.parse throws nothing but SyntaxError
    throw new SetAside(code, { problem }, { cause: error });
  }
  // Before zod, whose recursion over hostile nesting would cost the stack.
  const flaw = findFlaw(value, LIMITS.depth + 1);
  if (!flaw) return value;
  const path = flaw.path.length === 0 ? 'body' : flaw.path.join('.');
  throw new SetAside(code, { problem: cutText(`${path}: ${flaw.problem}`) });
}

interface Flaw {
  /** From the outermost field inwards. */
  readonly path: readonly string[];
  readonly problem: string;
}

/**
 * The first thing that JSON.parse lets pass and that does no good further on. Every hop of every workflow comes by here:
 * nothing is made but on the way back from a flaw.
 */
function findFlaw(value: unknown, levels: number): Flaw | undefined {
  if (typeof value === 'number') {
    // 1e400 is read as Infinity, and Infinity is written as null.
    return Number.isFinite(value) ? undefined : { path: [], problem: 'a number that no double can hold' };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (levels === 0) return { path: [], problem: `nested deeper than ${LIMITS.depth} levels` };
  return Array.isArray(value) ? findInItems(value, levels) : findInFields(value, levels);
}

function findInItems(items: readonly unknown[], levels: number): Flaw | undefined {
  for (let index = 0; index < items.length; index++) {
    const flaw = findFlaw(items[index], levels - 1);
    if (flaw) return within(String(index), flaw);
  }
  return undefined;
}

function findInFields(value: object, levels: number): Flaw | undefined {
  for (const key of Object.keys(value)) {
    // Whoever merges objects field by field, an action's code for one, would change the prototype instead.
    if (key === '__proto__') return { path: [key], problem: 'no field may have this name' };
    const flaw = findFlaw(Reflect.get(value, key), levels - 1);
    if (flaw) return within(key, flaw);
  }
  return undefined;
}

const within = (key: string, { path, problem }: Flaw): Flaw => ({ path: [key, ...path], problem });

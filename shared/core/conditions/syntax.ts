import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import { Refused } from '../errors.ts';
import { LIMITS } from '../limits.ts';

/** A node of a condition's syntax tree: `op` says what it is, `args` what it is made of. */
export type Node = ASTNode;

/** Parses only: what a condition may say and what it means is decided in `check.ts` and `evaluate.ts`. */
const cel = new Environment({
  limits: {
    maxAstNodes: LIMITS.conditionNodes,
    maxDepth: LIMITS.conditionDepth,
    maxListElements: LIMITS.conditionItems,
  },
});

/** @throws Refused `condition-invalid`: too long, too large, or no CEL */
export function parseCondition(text: string): Node {
  const bytes = Buffer.byteLength(text);
  if (bytes > LIMITS.conditionBytes) {
    throw invalid(text, `it has ${bytes} bytes; the limit is ${LIMITS.conditionBytes}`);
  }
  try {
    return cel.parse(text).ast;
  } catch (error) {
    if (error instanceof ParseError) throw invalid(text, error.summary, error);
    throw error;
  }
}

/** The refusal of a condition, its text cut so that the problem stays readable. */
export const invalid = (text: string, problem: string, cause?: Error): Refused =>
  new Refused('condition-invalid', { condition: excerpt(text), problem: `${problem}.` }, { cause });

/** How a part of the condition was written. */
export const sourceOf = (node: Node): string => excerpt(node.input.slice(node.start, node.end));

const excerpt = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);

/** The names that lead to a value, `['customer', 'name']` for `customer.name`; undefined for anything but a path. */
export function pathOf(node: Node): readonly string[] | undefined {
  if (node.op === 'id') return [node.args];
  if (node.op !== '.') return undefined;
  const [object, field] = node.args;
  const path = pathOf(object);
  return path && [...path, field];
}

import { AssertionError } from 'node:assert';
import { statesOf, timelineLines } from './timeline-lines.ts';
import type { WorkflowHandle } from './workflow-handle.ts';

/** Where a workflow is expected to stand. */
export interface ExpectedStanding {
  readonly status?: string;
  readonly state?: string;
}

/** What can be stated of a workflow's course. Each rejects with an AssertionError that prints the timeline. */
export interface TimelineExpectation {
  /** Exactly these lines, as `handle.timeline()` gives them. */
  toEqual(lines: readonly string[]): Promise<void>;
  /** These lines in this order, others may stand between them. */
  toContain(lines: readonly string[]): Promise<void>;
  /** These states in this order, others may lie between them. */
  toPassThrough(...states: readonly string[]): Promise<void>;
  /** This status, this state, or both. */
  toStandAt(standing: ExpectedStanding): Promise<void>;
}

/**
 * States something about the course of a workflow, after its line has settled. On real servers it may come true within 15 s.
 * Works with every test runner: a statement that does not hold rejects with node's AssertionError, `actual` and `expected` in it.
 */
export function expectTimeline(handle: WorkflowHandle): TimelineExpectation {
  const lines = async (): Promise<readonly string[]> => timelineLines(await handle.history());
  const states = async (): Promise<readonly string[]> => statesOf(await handle.history());
  return {
    toEqual: (expected) => hold(handle, 'has this timeline', lines, expected, areEqual),
    toContain: (expected) => hold(handle, 'has these lines in its timeline', lines, expected, contains),
    toPassThrough: (...expected) => hold(handle, 'passes through these states', states, expected, contains),
    toStandAt: ({ status, state }) => {
      const actual = async (): Promise<ExpectedStanding> => ({
        ...(status === undefined ? {} : { status: await handle.status() }),
        ...(state === undefined ? {} : { state: await handle.state() }),
      });
      const expected = { ...(status === undefined ? {} : { status }), ...(state === undefined ? {} : { state }) };
      const agrees = (one: ExpectedStanding): boolean => one.status === status && one.state === state;
      return hold(handle, 'stands there', actual, expected, agrees);
    },
  };
}

async function hold<Value>(
  handle: WorkflowHandle,
  what: string,
  read: () => Promise<Value>,
  expected: Value,
  agree: (actual: Value, expected: Value) => boolean,
): Promise<void> {
  let actual = await read();
  const check = async (): Promise<boolean> => {
    actual = await read();
    return agree(actual, expected);
  };
  if (await handle.holds(check)) return;
  const message = `expected that ${handle.workflow} ${handle.key} ${what}:\n${JSON.stringify(expected, null, 2)}\nbut it is\n${JSON.stringify(actual, null, 2)}\n\n${await handle.render()}`;
  throw new AssertionError({ message, actual, expected, operator: what, stackStartFn: hold });
}

const areEqual = (actual: readonly string[], expected: readonly string[]): boolean =>
  actual.length === expected.length && actual.every((line, index) => line === expected[index]);

function contains(actual: readonly string[], expected: readonly string[]): boolean {
  let found = 0;
  for (const line of actual) if (line === expected[found]) found += 1;
  return found === expected.length;
}

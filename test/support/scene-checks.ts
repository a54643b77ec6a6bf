import { expect } from '@jest/globals';
import type { Completed } from '../../shared/core/outcome.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import type { Attempt } from '../../shared/journal/records.ts';
import type { PausePoint } from '../../shared/runtime/pause-points.ts';
import type { Scene } from './scene.ts';
import type { TestProcess } from './test-process.ts';

/** Longer than it takes until a dead worker's attempts are taken over, virtual milliseconds. */
export const UNTIL_DEAD_MS = 7_000;

/** A result that breaks the contract: it parks its workflow. */
export const undeclared = (): Completed<{ undeclared: number }> => ({ kind: 'completed', changes: { undeclared: 1 } });

/** Puts something around the journal of one process and leaves the others alone. */
export const only =
  (id: string, wrap: (journal: Journal) => Journal) =>
  (journal: Journal, process: TestProcess): Journal =>
    process.id === id ? wrap(journal) : journal;

/** The fates of a step's attempts, in order. */
export const fatesOf = (attempts: readonly Attempt[], step = 1): (string | undefined)[] =>
  attempts.filter((attempt) => attempt.step === step).map(({ fate }) => fate);

/** The process dies when it comes to this point. */
export async function dieAt(scene: Scene, process: TestProcess, point: PausePoint): Promise<void> {
  const { reached } = scene.points.hold(point, { worker: process.id });
  await scene.line.until(reached);
  process.die();
}

/** Everything has come to rest, the workflow has succeeded, and the journal is in order. */
export async function expectSucceeded(scene: Scene, workflowId: string): Promise<void> {
  await scene.line.untilDrained();
  expect((await scene.line.audit([workflowId])).violations).toEqual([]);
  expect((await scene.line.history(workflowId)).head.status).toBe('succeeded');
}

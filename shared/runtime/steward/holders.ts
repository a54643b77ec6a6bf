import type { Course } from '../../journal/journal.ts';
import type { Attempt } from '../../journal/records.ts';

/** The workers that hold an attempt of a workflow, unless they are dead. While one lives that does, a step is being performed. */
export const holdersOf = (course: Course): ReadonlySet<string> =>
  new Set(course.attempts.filter((attempt) => isHeld(attempt, course)).map(({ worker }) => worker));

const isHeld = ({ fate, step, attempt }: Attempt, { snapshots }: Course): boolean =>
  fate === undefined && snapshots.find((snapshot) => snapshot.step === step)?.attempt !== attempt;

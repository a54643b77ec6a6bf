import type { Attempt } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { untilKnown } from '../right-to-act.ts';
import type { Course } from '../way-back.ts';

/** Whether every worker that may live knows of the request: then no step of its workflow begins any more. */
export async function isKnownToAll(acting: Acting, intentId: string, livenessTimeoutMs: number): Promise<boolean> {
  const { line, right } = acting;
  for (const worker of await untilKnown(() => line.journal.readWorkers(), right)) {
    if (worker.intents.includes(intentId)) continue;
    // One that died holding nothing is judged by nobody else.
    const isOver = worker.ageMs >= livenessTimeoutMs && (await isDead(acting, worker._id, livenessTimeoutMs));
    if (!isOver) return false;
  }
  return true;
}

/**
 * A workflow's course when nobody performs any of its steps: every attempt is settled, or its holder is dead. Undefined while one is
 * held. Only after `isKnownToAll` does it stay so.
 */
export async function readQuietCourse(
  acting: Acting,
  workflowId: string,
  livenessTimeoutMs: number,
): Promise<Course | undefined> {
  const { line, right } = acting;
  const dead = new Set<string>();
  for (;;) {
    const course = await untilKnown(() => line.journal.readCourse(workflowId), right);
    const holders = new Set(course.attempts.filter((attempt) => isHeld(attempt, course)).map(({ worker }) => worker));
    const unjudged = [...holders].filter((worker) => !dead.has(worker));
    if (unjudged.length === 0) return course;
    for (const worker of unjudged) {
      if (!(await isDead(acting, worker, livenessTimeoutMs))) return undefined;
      dead.add(worker);
    }
    // What a holder wrote last may have come between the reading and its death: so it is read again.
  }
}

const isHeld = ({ fate, step, attempt }: Attempt, { snapshots }: Course): boolean =>
  fate === undefined && snapshots.find((snapshot) => snapshot.step === step)?.attempt !== attempt;

async function isDead({ line, right }: Acting, worker: string, livenessTimeoutMs: number): Promise<boolean> {
  const holder = await untilKnown(() => line.journal.judgeHolder(worker, livenessTimeoutMs), right);
  return holder.kind !== 'alive';
}

import { type LifecycleEvent, lifecycleEventSchema } from '../../shared/contract/lifecycle-event.ts';
import type { WorkflowHistory } from '../../shared/journal/records.ts';
import { standingOf } from '../../shared/runtime/standing.ts';
import { NAMESPACE } from '../support/test-process.ts';

/** The auditor's own queue, of all lifecycle events. */
export const WATCH = `${NAMESPACE}.watch`;

/**
 * I6: the lifecycle events of a workflow are complete and in order. They come at least once; what counts is where each comes for
 * the first time. `waiting`, `parked`, `resumed` and `retrying` are left out of the order: who says so and who goes on are two, and need not meet.
 */
export class EventOrder {
  readonly #seen = new Map<string, LifecycleEvent[]>();

  add(body: Buffer): void {
    const event = lifecycleEventSchema.parse(JSON.parse(body.toString('utf8')));
    const known = this.#seen.get(event.workflowid) ?? [];
    if (!known.some(({ id }) => id === event.id)) known.push(event);
    this.#seen.set(event.workflowid, known);
  }

  problemsOf(history: WorkflowHistory): string[] {
    const events = this.#seen.get(history.head._id) ?? [];
    const { businessKey } = history.head;
    return [...missing(history, events), ...disorder(events)].map((problem) => `${businessKey}: ${problem}`);
  }
}

const nameOf = ({ type }: LifecycleEvent): string => type.slice('conveyor.workflow.'.length);

function missing(history: WorkflowHistory, events: readonly LifecycleEvent[]): string[] {
  const has = (name: string, step: number): boolean =>
    events.some((event) => nameOf(event) === name && event.data.step === step);
  const expected: [string, number][] = [['started', 0]];
  const announcesSteps = history.head.workflow !== 'gift';
  for (const { step, next, kind } of history.snapshots) {
    if ('end' in next) expected.push([next.end, step]);
    if (kind === 'cancel') expected.push(['cancelling', step]);
    if (kind === 'compensate' && announcesSteps) expected.push(['compensated', step]);
    if (kind === 'run' && announcesSteps && !('end' in next)) expected.push(['advanced', step]);
  }
  const standing = standingOf(history);
  if (standing.kind === 'parked') expected.push(['parked', standing.step]);
  return expected
    .filter(([name, step]) => !has(name, step))
    .map(([name, step]) => `${name} of step ${step} is missing`);
}

function disorder(events: readonly LifecycleEvent[]): string[] {
  const ordered = events.filter((event) => !['waiting', 'parked', 'resumed', 'retrying'].includes(nameOf(event)));
  return ordered.flatMap((event, index) => {
    const before = ordered[index - 1];
    if (!before || before.data.step <= event.data.step) return [];
    return [`${event.id} came after ${before.id}`];
  });
}

import type { Publisher } from '../../broker/broker.ts';
import { workflowIdOf } from '../../contract/start-event.ts';
import { startMessage } from '../../contract/start-message.ts';
import type { Clock } from '../../core/clock.ts';
import { Refused } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { EndStatus } from '../../core/workflow-definition.ts';
import type { Journal, Stand } from '../../journal/journal.ts';
import { refusalOf } from '../workflow-start.ts';
import type { Violation } from './finding.ts';

/** Start events on their way at once, and workflows asked about together. */
const TOGETHER = 50;

const LOOK_EVERY_MS = 100;

export interface FreshOptions {
  readonly broker: Publisher;
  readonly journal: Pick<Journal, 'latestDefinition' | 'readStands'>;
  readonly clock: Clock;
  readonly namespace: string;
  readonly workflow: string;
  readonly input: JsonObject;
  readonly count: number;
  /** How long all of them may take, milliseconds. */
  readonly withinMs: number;
  /** Of this run, so that its workflows are its own; part of their business keys. */
  readonly run: string;
}

export interface FreshReport {
  readonly workflow: string;
  /** Of the start events: by it they are found again. */
  readonly source: string;
  readonly started: number;
  readonly ended: Readonly<Record<EndStatus, number>>;
  /** From the publishing of the start event until the end was seen, looked at ten times a second. Null: none has ended. */
  readonly p50Ms: number | null;
  readonly maxMs: number | null;
}

interface Fresh {
  readonly workflowId: string;
  readonly businessKey: string;
  readonly begunAt: number;
  tookMs?: number;
  /** Where it was last seen. */
  where: string;
}

/**
 * I8: starts workflows as every program may, and waits until they have ended, whichever way; `late` are those that have not in time. One
 * that is parked does not end.
 * @throws Refused `definition-unknown`; SetAside `event-invalid` when the definition does not take the input; Unavailable
 */
export async function runFresh(
  options: FreshOptions,
): Promise<{ readonly fresh: FreshReport; readonly late: readonly Violation[] }> {
  const { journal, clock, workflow, input, withinMs, run } = options;
  const record = await journal.latestDefinition(workflow);
  if (!record) throw new Refused('definition-unknown', { workflow, version: '' });
  const refusal = refusalOf(record.definition, input);
  if (refusal) throw refusal;
  const source = `/conveyor/audit/${run}`;
  const endsAt = clock.monotonic() + withinMs;
  const started = await startAll(options, source);
  const ended = { succeeded: 0, failed: 0, cancelled: 0 };
  for (let open = started; open.length > 0; ) {
    for (let from = 0; from < open.length; from += TOGETHER) {
      const some = open.slice(from, from + TOGETHER);
      const stands = await journal.readStands(some.map(({ workflowId }) => workflowId));
      for (const [index, one] of some.entries()) {
        const status = look(one, stands[index], clock.monotonic());
        if (status) ended[status] += 1;
      }
    }
    open = open.filter(({ tookMs, where }) => tookMs === undefined && !where.startsWith('parked'));
    if (clock.monotonic() >= endsAt) break;
    if (open.length > 0) await clock.sleep(LOOK_EVERY_MS);
  }
  const took = started.flatMap(({ tookMs }) => tookMs ?? []).sort((a, b) => a - b);
  const [p50Ms = null, maxMs = null] = [took[Math.floor((took.length - 1) / 2)], took.at(-1)];
  return {
    fresh: { workflow, source, started: started.length, ended, p50Ms, maxMs },
    late: started.filter(({ tookMs }) => tookMs === undefined).map((one) => violationOf(one, withinMs)),
  };
}

async function startAll(options: FreshOptions, source: string): Promise<Fresh[]> {
  const { broker, clock, namespace, workflow, input: data, count, run } = options;
  const fresh: Fresh[] = [];
  const start = async (): Promise<void> => {
    const id = String(fresh.length + 1);
    const businessKey = `audit-${run}-${id}`;
    const workflowId = workflowIdOf(source, id);
    fresh.push({ workflowId, businessKey, begunAt: clock.monotonic(), where: 'not in the journal' });
    await broker.publish(startMessage(namespace, { workflow, businessKey, data, source, id }));
  };
  while (fresh.length < count) {
    await Promise.all(Array.from({ length: Math.min(TOGETHER, count - fresh.length) }, start));
  }
  return fresh;
}

/** Notes where it is seen, and when it has ended: then how. */
function look(fresh: Fresh, stand: Stand | undefined, now: number): EndStatus | undefined {
  const { last = null, attempts = [], step = 1 } = stand ?? {};
  if (last && 'end' in last.next) {
    fresh.tookMs = Math.round(now - fresh.begunAt);
    return last.next.end;
  }
  const attempt = attempts.at(-1);
  if (attempt?.fate === 'parked')
    fresh.where = `parked at step ${step}, ${attempt.action} (${attempt.code ?? 'no code'})`;
  else if (attempt) fresh.where = `at step ${step}, ${attempt.action}`;
  else if (last) fresh.where = `at step ${step}, not attempted yet`;
  return undefined;
}

const violationOf = ({ workflowId, businessKey, where }: Fresh, withinMs: number): Violation => ({
  workflowId,
  businessKey,
  invariant: 'I8',
  problem: `started fresh, it has not ended within ${withinMs / 1_000} s: ${where}`,
});

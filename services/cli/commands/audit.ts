import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { exchangeName } from '../../../shared/contract/topology.ts';
import { Unavailable } from '../../../shared/core/errors.ts';
import { WORKFLOW_ID_PATTERN } from '../../../shared/core/names.ts';
import { runFresh } from '../../../shared/runtime/audit/fresh-workflows.ts';
import type { HeardEvents } from '../../../shared/runtime/audit/heard-events.ts';
import { hearDuring } from '../../../shared/runtime/audit/hearing.ts';
import { auditJournal } from '../../../shared/runtime/audit.ts';
import { auditText, type EventsReport, type QueueDepth, type WholeAudit } from '../audit-text.ts';
import type { Execute } from '../cli.ts';
import { readJsonFile } from '../json-file.ts';
import { topologyOf } from '../line-topology.ts';
import { duration, jsonOption, wholeNumber } from '../options.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';

const WITHIN_MS = 60_000;
const MOST_FRESH = 10_000;

interface AuditOptions {
  readonly drained?: true;
  readonly started?: string;
  readonly events?: number;
  readonly fresh?: number;
  readonly workflow?: string;
  readonly input?: string;
  readonly within?: number;
  readonly json?: true;
}

export const auditCommand = (execute: Execute): Command =>
  new Command('audit')
    .description(
      'proves that nothing is lost: I1 every start, I2 its steps, waits and cancellations, I3 its attempts, I4 its keys; I6 its events, I7 the queues and I8 how fresh workflows fare, each by an option',
    )
    .option('--drained', 'the line has come to rest: nothing may be in flight, and every queue must be empty (I7)')
    .option('--started <file>', 'ids of workflows whose start was confirmed, one a line: each must be in the journal')
    .option('--events <duration>', 'listens for so long, and then 10 s: what happens must be announced (I6)', duration)
    .addOption(
      new Option('--fresh <number>', 'starts so many workflows, which must end (I8)').argParser(
        wholeNumber(1, MOST_FRESH),
      ),
    )
    .option('--workflow <name>', 'with --fresh: their definition')
    .option('--input <file>', 'with --fresh: their input, a JSON object in a file; default: an empty one')
    .option('--within <duration>', 'with --fresh: how long they may take; default: 60s', duration)
    .addOption(jsonOption())
    .action((options: AuditOptions) => execute(options, (session) => audit(session, options)));

async function audit(session: Session, options: AuditOptions): Promise<Result> {
  const { clock } = session;
  const plan = await planFresh(options);
  const expected = options.started === undefined ? [] : await readIds(options.started);
  const journal = await session.journal();
  const { heard, started } = await meanwhile(session, options.events, plan);
  const drained = options.drained === true;
  const report = await auditJournal(journal, {
    clock,
    drained,
    expected,
    ...(heard ? { heard } : {}),
    onProgress: (workflows) => session.showProgress(`${workflows} workflows looked at`),
  });
  const queues = drained ? await filledQueues(session, report.totals.waiting) : null;
  const events = heard ? eventsOf(heard) : null;
  const { fresh = null, late = [] } = started ?? {};
  const violationCount = report.violationCount + late.length;
  const whole: WholeAudit = {
    ...report,
    violations: [...late, ...report.violations],
    violationCount,
    clean: violationCount === 0 && (queues ?? []).length === 0 && (events?.foreign ?? 0) === 0,
    queues,
    events,
    fresh,
  };
  return { json: whole, text: (paint) => auditText(whole, paint), exitCode: whole.clean ? 0 : 1 };
}

type FreshPlan = Pick<Parameters<typeof runFresh>[0], 'workflow' | 'input' | 'count' | 'withinMs'>;

/** @throws InvalidArgumentError when the options do not belong together */
async function planFresh({ fresh, workflow, input, within }: AuditOptions): Promise<FreshPlan | undefined> {
  if (fresh === undefined) {
    const stray = Object.entries({ workflow, input, within }).find(([, value]) => value !== undefined);
    if (stray) throw new InvalidArgumentError(`--${stray[0]} says how workflows are started: give --fresh, too.`);
    return undefined;
  }
  if (workflow === undefined) throw new InvalidArgumentError('--fresh needs --workflow, the name of a definition.');
  const data = input === undefined ? {} : await readJsonFile('--input', input);
  return { workflow, input: data, count: fresh, withinMs: within ?? WITHIN_MS };
}

/** One id a line, as `conveyor start` prints them. Others must have been kept by whoever published the start events. */
async function readIds(file: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new InvalidArgumentError(`--started ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const ids = text.split(/\s+/).filter((word) => word !== '');
  const wrong = ids.find((id) => !WORKFLOW_ID_PATTERN.test(id));
  if (wrong === undefined) return ids;
  throw new InvalidArgumentError(
    `--started ${file}: ${wrong} is no workflow id; those have 22 letters, digits, - or _.`,
  );
}

/** What takes a while before the journal is read: what happens then must be there, and announced. */
async function meanwhile(session: Session, listenMs: number | undefined, plan: FreshPlan | undefined) {
  const { clock, namespace, random } = session;
  const journal = await session.journal();
  let started: Awaited<ReturnType<typeof runFresh>> | undefined;
  const work = async (): Promise<void> => {
    if (!plan) return;
    session.showProgress(`${plan.count} fresh workflows on the line`);
    started = await runFresh({ ...plan, broker: session.broker(), journal, clock, namespace, run: random.id() });
  };
  if (listenMs === undefined) {
    await work();
    return { heard: undefined, started };
  }
  const broker = session.broker();
  await verifyEvents(session);
  session.showProgress(`listening for ${listenMs / 1_000} s, and then 10 s`);
  const heard = await hearDuring({ broker, clock, namespace }, () => Promise.all([work(), clock.sleep(listenMs)]));
  return { heard, started };
}

/** An exchange that is not there would be waited for. */
async function verifyEvents(session: Session): Promise<void> {
  const exchange = exchangeName.events(session.namespace);
  const topology = { exchanges: [{ name: exchange, type: 'topic' as const }], queues: [], bindings: [] };
  const missing = await session.broker().verify(topology);
  if (missing.length > 0) throw new Unavailable('exchange-missing', { exchange });
}

const eventsOf = ({ events, workflows, foreign, isCut }: HeardEvents): EventsReport => ({
  events,
  workflows,
  foreign,
  complete: !isCut,
});

/**
 * I7: queues in which something stands ready. What is delivered and not acknowledged belongs to a workflow in flight, which the journal
 * knows. What waits has one ticket at most, which rests on the delay ladder.
 */
async function filledQueues(session: Session, waiting: number): Promise<readonly QueueDepth[]> {
  const broker = session.broker();
  const filled: QueueDepth[] = [];
  for (const { name } of (await topologyOf(session)).queues) {
    const ready = await broker.depth(name);
    if (ready !== null && ready > 0) filled.push({ queue: name, ready });
  }
  const isRung = ({ queue }: QueueDepth): boolean => queue.startsWith(`${session.namespace}.delay.`);
  const resting = filled.filter(isRung).reduce((sum, { ready }) => sum + ready, 0);
  return resting <= waiting ? filled.filter((depth) => !isRung(depth)) : filled;
}

// What it costs to remove workflows that have been kept for long enough: a steward as it is deployed, with nothing else to do.
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { workflowIdOf } from '../../shared/contract/start-event.ts';
import { attemptId, snapshotId } from '../../shared/core/names.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import { connectMongoJournal } from '../../shared/journal/mongodb/index.ts';
import type { Attempt, Head, Snapshot } from '../../shared/journal/records.ts';
import { SystemClock } from '../../shared/runtime/clock.ts';
import { program } from '../support/programs.ts';
import type { Observed } from './measurement.ts';
import { cpuSeconds, MeasuredProcess, residentMiB, serviceEnv } from './processes.ts';
import { payload, STEPS } from './workload.ts';

export interface RetentionFigures {
  readonly workflows: number;
  /** Of each workflow: its head, and an attempt and a snapshot of each step. */
  readonly documents: number;
  readonly seconds: number;
  readonly stewardMiB: number;
  /** CPU seconds in all, by process. */
  readonly cpuSeconds: Readonly<Record<string, number>>;
  /** Operations of the database by its own count, whatever it was asked; of an idle line in the same time, too. */
  readonly commands: number;
  readonly idleCommands: number;
}

type Urls = { readonly amqpUrl: string; readonly mongodbUrl: string };
type Say = (text: string) => void;

const BATCH = 250;
const DAY_MS = 86_400_000;
/** The shortest that may be set. */
const RETENTION = '1h';
/** So long the line is looked at when nothing is left to be removed. */
const IDLE_MS = 10_000;

/** On a line of its own, whose definitions are registered. */
export async function measureRetention(
  { amqpUrl, mongodbUrl }: Urls,
  namespace: string,
  servers: readonly Observed[],
  workflows: number,
  say: Say,
): Promise<RetentionFigures> {
  const journal = await connectMongoJournal({ url: mongodbUrl, namespace, clock: new SystemClock() });
  for (let from = 0; from < workflows; from += BATCH) {
    await writeEnded(journal, from, Math.min(BATCH, workflows - from));
  }
  await journal.close();
  say(`${workflows} ended workflows written`);
  const client = new MongoClient(mongodbUrl);
  const env = { ...serviceEnv({ amqpUrl, mongodbUrl }, namespace), RETENTION };
  const steward = await MeasuredProcess.start('steward', program('services/steward/main.ts'), [], env);
  try {
    const observed = [steward, ...servers];
    const before = observed.map(({ pid }) => cpuSeconds(pid));
    const commandsBefore = await commandsOf(client);
    const begunAt = performance.now();
    for (let removed = 0; removed < workflows; ) {
      await sleep(500);
      removed = await steward.metric(/^conveyor_removed_total\{what="workflows"\} (\d+)$/m);
    }
    const seconds = (performance.now() - begunAt) / 1_000;
    const used = observed.map(({ name, pid }, index) => [name, cpuSeconds(pid) - (before[index] ?? 0)] as const);
    const commands = (await commandsOf(client)) - commandsBefore;
    const stewardMiB = residentMiB(steward.pid);
    say('removed; now without anything to remove');
    const idleBefore = await commandsOf(client);
    await sleep(IDLE_MS);
    const idleCommands = ((await commandsOf(client)) - idleBefore) * (seconds / (IDLE_MS / 1_000));
    const documents = workflows * (1 + 2 * STEPS.length);
    return {
      workflows,
      documents,
      seconds,
      stewardMiB,
      cpuSeconds: Object.fromEntries(used),
      commands,
      idleCommands: Math.round(idleCommands),
    };
  } finally {
    await client.close();
    await steward.stop();
  }
}

/** The figures as the document has them. */
export function retentionLines(figures: RetentionFigures): string[] {
  const { workflows, documents, seconds, commands, idleCommands } = figures;
  const cpu = Object.entries(figures.cpuSeconds).map(([name, used]) => `${name} ${used.toFixed(1)}`);
  return [
    `${workflows} workflows removed, ${documents} documents, in ${seconds.toFixed(0)} s (${(workflows / seconds).toFixed(0)} a second); the steward had ${figures.stewardMiB.toFixed(0)} MiB.`,
    `CPU s: ${cpu.join(', ')}. Operations of the database: ${commands}, of which ${idleCommands} are a steward's that has nothing to remove.`,
  ];
}

async function writeEnded(journal: Journal, from: number, length: number): Promise<void> {
  const ended = Array.from({ length }, (_, index) => endedOf(from + index));
  await Promise.all([
    journal.insertHeads(ended.map(({ head }) => head)),
    journal.insertAttempts(ended.flatMap(({ attempts }) => attempts)),
    journal.insertSnapshots(ended.flatMap(({ snapshots }) => snapshots)),
  ]);
}

/** A workflow of four steps that ended a day ago, as the line would have left it. */
function endedOf(sequence: number) {
  const source = '/bench/ended';
  const eventId = String(sequence);
  const workflowId = workflowIdOf(source, eventId);
  const at = new Date(Date.now() - DAY_MS + sequence);
  const data = payload(sequence);
  const head: Head = {
    _id: workflowId,
    workflowId,
    workflow: 'bench',
    version: 1,
    businessKey: `ended-${sequence}`,
    status: 'succeeded',
    input: data,
    source,
    eventId,
    startedAt: at,
    endedAt: at,
  };
  const held = STEPS.map((action, index) => ({ workflowId, step: index + 1, attempt: 1, action, worker: 'bench', at }));
  const attempts: Attempt[] = held.map((one) => ({
    ...one,
    _id: attemptId(workflowId, one.step, 1),
    kind: 'run',
    token: eventId,
  }));
  const snapshots: Snapshot[] = held.map((one, index) => {
    const next = STEPS[index + 1];
    return {
      ...one,
      _id: snapshotId(workflowId, one.step),
      kind: 'run',
      changes: { last: sequence },
      state: 'done',
      data: { ...data, last: sequence },
      next: next === undefined ? { end: 'succeeded' } : { action: next },
      durationMs: 1,
    };
  });
  return { head, attempts, snapshots };
}

async function commandsOf(client: MongoClient): Promise<number> {
  const { opcounters } = await client.db('admin').command({ serverStatus: 1 });
  return Object.values<number>(opcounters).reduce((sum, count) => sum + count, 0);
}

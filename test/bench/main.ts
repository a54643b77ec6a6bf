// npm run bench -- [--quick] [--rounds N] [--shape one|per-station|waits|pending|retention] [--waits N]
import { parseArgs } from 'node:util';
import { ensureServers, sharedServers } from '../../infra/local/servers.ts';
import { definitionHash } from '../../shared/core/definition-hash.ts';
import { definitionId } from '../../shared/core/names.ts';
import { connectMongoJournal } from '../../shared/journal/mongodb/index.ts';
import { SystemClock } from '../../shared/runtime/clock.ts';
import { removeNamespace } from '../support/namespaces.ts';
import { bareLine, conveyorLine, type Hosting, journalLine, type MeasuredLine } from './lines.ts';
import { measure, type Observed, type Run, type Size } from './measurement.ts';
import { measurePending, type PendingSize } from './pending.ts';
import { pendingLines } from './pending-report.ts';
import { type RoundResult, summarise, write } from './report.ts';
import { measureRetention, retentionLines } from './retention.ts';
import { measureWaits, type WaitsSize } from './waits.ts';
import { definitions } from './workload.ts';

const FULL: Size = { quiet: 300, warmUp: 3_000, loaded: 6_000, window: 600 };
const QUICK: Size = { quiet: 100, warmUp: 500, loaded: 2_000, window: 600 };

/** So many are polled together. */
const WAITS: WaitsSize = { count: 10_000, cancelled: 1_000, window: 600 };
const QUICK_WAITS: WaitsSize = { count: 1_000, cancelled: 500, window: 600 };

/** Pending waits: two minutes are four walks of the steward over a line with nothing else on it. */
const PENDING: PendingSize = { waits: 100_000, observedMs: 150_000, notified: 100, due: 10_000 };
const QUICK_PENDING: PendingSize = { waits: 10_000, observedMs: 20_000, notified: 20, due: 1_000 };

/** Ended workflows that are removed. */
const RETAINED = 20_000;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    shape: { type: 'string' },
    waits: { type: 'string' },
  },
});
const size = values.quick ? QUICK : FULL;
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
const shapes: readonly Hosting[] =
  values.shape === 'one' || values.shape === 'per-station'
    ? [values.shape]
    : values.shape === undefined
      ? ['one', 'per-station']
      : [];
const say = (text: string): void => void process.stderr.write(`bench: ${text}\n`);

const urls = await ensureServers();
const states = await sharedServers().status();
const servers: readonly Observed[] = states.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }]));

async function run(name: string, namespace: string, open: () => Promise<MeasuredLine>): Promise<Run> {
  say(name);
  const line = await open();
  try {
    return await measure(urls.amqpUrl, line, servers, size, (text) => say(`${name}: ${text}`));
  } finally {
    for (const process of line.processes) await process.stop();
    await removeNamespace(namespace, urls);
  }
}

async function register(namespace: string): Promise<void> {
  const clock = new SystemClock();
  const journal = await connectMongoJournal({ url: urls.mongodbUrl, namespace, clock });
  for (const definition of definitions) {
    await journal.registerDefinition({
      _id: definitionId(definition.name, definition.version),
      name: definition.name,
      version: definition.version,
      hash: definitionHash(definition),
      definition,
      active: true,
      registeredAt: new Date(clock.now()),
    });
  }
  await journal.close();
}

/** Shapes that are a look of their own, and leave the table of the two lines alone. */
const looks: Readonly<Record<string, (namespace: string) => Promise<readonly string[]>>> = {
  pending: async (namespace) => {
    const usual = values.quick ? QUICK_PENDING : PENDING;
    const waits = Number(values.waits ?? usual.waits);
    return pendingLines(await measurePending(urls, namespace, servers, { ...usual, waits }, say));
  },
  retention: async (namespace) =>
    retentionLines(await measureRetention(urls, namespace, servers, values.quick ? 1_000 : RETAINED, say)),
};

async function runLook(name: string, look: (namespace: string) => Promise<readonly string[]>): Promise<void> {
  const namespace = `bench-${process.pid}-${name}`;
  try {
    await register(namespace);
    process.stdout.write(`${(await look(namespace)).join('\n')}\n`);
  } finally {
    await removeNamespace(namespace, urls);
  }
}

async function runWaits() {
  const namespace = `bench-${process.pid}-waits`;
  try {
    await register(namespace);
    return await measureWaits(urls, namespace, values.quick ? QUICK_WAITS : WAITS, say);
  } finally {
    await removeNamespace(namespace, urls);
  }
}

const results: Record<Hosting, RoundResult[]> = { one: [], 'per-station': [] };
for (let round = 1; round <= rounds; round++) {
  for (const hosting of shapes) {
    const namespace = `bench-${process.pid}-${round}-${hosting}`;
    const name = `round ${round} of ${rounds}, ${hosting}`;
    // Alternated, so that whatever drifts on the machine meets both.
    const bare = await run(`${name}, bare`, namespace, () => bareLine(urls.amqpUrl, namespace, hosting));
    const journal =
      hosting === 'one'
        ? await run(`${name}, journal alone`, namespace, () => journalLine(urls, namespace, name))
        : undefined;
    await register(namespace);
    const line = await run(`${name}, line`, namespace, () => conveyorLine(urls, namespace, hosting, name));
    results[hosting].push({ bare, journal, line });
    const ratio = line.loaded.workflowsPerSecond / bare.loaded.workflowsPerSecond;
    say(
      `${name}: ${line.loaded.workflowsPerSecond.toFixed(0)}/s of ${bare.loaded.workflowsPerSecond.toFixed(0)}/s = ${ratio.toFixed(3)}; quiet p50 ${line.quiet.p50Ms.toFixed(1)} of ${bare.quiet.p50Ms.toFixed(1)} ms`,
    );
  }
}
const look = looks[values.shape ?? ''];
if (values.shape !== undefined && look) await runLook(values.shape, look);
// Some of it is waiting, so a quick look goes without.
const measuresWaits = values.shape === 'waits' || (values.shape === undefined && !values.quick);
const waits = measuresWaits ? await runWaits() : undefined;
const versions = states.map(({ name, version }) => `${name} ${version ?? 'of unknown version'}`);
if (!look) write(summarise(results, { size, rounds, quick: values.quick, versions, waits }));

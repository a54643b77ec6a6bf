// The journal alone: the least that a program does that moves workflows by the journal's writes and nothing else. One process takes start
// events, inserts heads, claims and snapshots in batches to a majority, writes the ends, publishes envelopes and lifecycle events with
// confirms, and acknowledges up to a delivery. It knows no definition, checks nothing, survives nothing. What lies between it and the
// engine is what the engine's own code costs; what lies between it and the bare line, no engine of this design can save.
//   journal-line.ts <namespace> <station> [<station> …]
import { createHash } from 'node:crypto';
import { type ConsumeMessage, connect } from 'amqplib';
import { MongoClient } from 'mongodb';
import { coalesceWrites } from '../../shared/broker/rabbitmq/write-coalescing.ts';
import { STEPS } from './workload.ts';

const PREFETCH = 400;

const [namespace = '', ...stations] = process.argv.slice(2);
const url = process.env['AMQP_URL'] ?? '';
const exchange = `${namespace}.journal`;

const consuming = await connect(url, { noDelay: true });
const publishing = await connect(url, { noDelay: true });
coalesceWrites(consuming);
coalesceWrites(publishing);
const out = await publishing.createConfirmChannel();
const mongo = await new MongoClient(process.env['MONGODB_URL'] ?? '').connect();
const db = mongo.db(namespace);

/** Gathers what comes while one batch is on its way. */
function batched(send: (items: readonly object[]) => object): (item: object) => Promise<void> {
  let gathered: { item: object; done: () => void }[] = [];
  let isBusy = false;
  const flush = async (): Promise<void> => {
    isBusy = true;
    while (gathered.length > 0) {
      const batch = gathered;
      gathered = [];
      await db.command({ ...send(batch.map(({ item }) => item)), ordered: false, writeConcern: { w: 'majority' } });
      for (const { done } of batch) done();
    }
    isBusy = false;
  };
  return (item) =>
    new Promise((resolve) => {
      gathered.push({ item, done: resolve });
      if (!isBusy) setImmediate(() => void (isBusy || flush()));
    });
}
const inserting = (collection: string) => batched((documents) => ({ insert: collection, documents }));
const insertHead = inserting('workflows');
const insertAttempt = inserting('attempts');
const insertSnapshot = inserting('snapshots');
const end = batched((heads) => ({
  update: 'workflows',
  updates: heads.map((head) => ({ q: head, u: { $set: { status: 'succeeded', endedAt: new Date() } } })),
}));

const publish = (routingKey: string, body: unknown, messageId: string, mandatory: boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    const options = { persistent: true, mandatory, contentType: 'application/json', messageId };
    out.publish(exchange, routingKey, Buffer.from(JSON.stringify(body)), options, (error) =>
      error ? reject(error) : resolve(),
    );
  });

interface Envelope {
  readonly workflowId: string;
  readonly businessKey: string;
  readonly step: number;
  readonly data: Record<string, unknown>;
}
const five = (number: number): string => String(number).padStart(5, '0');
const envelope = (from: Envelope) => ({
  specversion: '1.0',
  workflow: 'bench',
  version: 1,
  attempt: 1,
  failures: 0,
  kind: 'run',
  action: STEPS[from.step - 1],
  sentAt: Date.now(),
  ...from,
});
const event = ({ workflowId, businessKey, step }: Envelope, name: string): Promise<void> =>
  publish(
    `bench.${name}`,
    {
      specversion: '1.0',
      id: `${workflowId}/${step}/1/${name}`,
      source: '/bench',
      subject: businessKey,
      workflowid: workflowId,
      data: { step },
    },
    `${workflowId}/${step}/1/${name}`,
    false,
  );

async function takeStart(message: ConsumeMessage): Promise<void> {
  const { source, id, subject, data } = JSON.parse(message.content.toString('utf8'));
  const workflowId = createHash('sha256').update(`${source} ${id}`).digest('base64url').slice(0, 22);
  await insertHead({
    _id: workflowId,
    workflow: 'bench',
    version: 1,
    businessKey: subject,
    status: 'running',
    input: JSON.stringify(data),
    source,
    eventId: id,
    startedAt: new Date(),
  });
  const first = envelope({ workflowId, businessKey: subject, step: 1, data });
  await event(first, 'started');
  await publish(STEPS[0], first, `${workflowId}/1/1`, true);
}

async function takeStep(message: ConsumeMessage): Promise<void> {
  const taken: Envelope = JSON.parse(message.content.toString('utf8'));
  const { workflowId, step } = taken;
  await insertAttempt({
    _id: `${workflowId}/${five(step)}/00001`,
    workflowId,
    step,
    attempt: 1,
    kind: 'run',
    action: STEPS[step - 1],
    worker: namespace,
    at: new Date(),
  });
  const data = { ...taken.data, last: taken.data['sequence'] };
  const next = STEPS[step];
  await insertSnapshot({
    _id: `${workflowId}/${five(step)}`,
    workflowId,
    step,
    kind: 'run',
    action: STEPS[step - 1],
    attempt: 1,
    worker: namespace,
    changes: JSON.stringify({ last: data.last }),
    state: next ?? 'done',
    data: JSON.stringify(data),
    next: next === undefined ? { end: 'succeeded' } : { action: next },
    at: new Date(),
    durationMs: 0,
  });
  const successor = envelope({ ...taken, step: step + 1, data });
  if (next !== undefined) return publish(next, successor, `${workflowId}/${step + 1}/1`, true);
  await event(successor, 'succeeded');
  await end({ _id: workflowId });
}

/** Acknowledges everything up to the oldest delivery that is still open, once a turn. */
async function consume(queue: string, take: (message: ConsumeMessage) => Promise<void>): Promise<void> {
  const channel = await consuming.createChannel();
  await channel.prefetch(PREFETCH);
  const open: { readonly message: ConsumeMessage; isDone: boolean }[] = [];
  let isDue = false;
  const acknowledge = (): void => {
    isDue = false;
    let last: ConsumeMessage | undefined;
    while (open[0]?.isDone) last = open.shift()?.message;
    if (last) channel.ack(last, true);
  };
  const work = async (message: ConsumeMessage): Promise<void> => {
    const entry = { message, isDone: false };
    open.push(entry);
    await take(message);
    entry.isDone = true;
    if (isDue) return;
    isDue = true;
    setImmediate(acknowledge);
  };
  await channel.consume(queue, (message) => void (message && work(message)));
}

for (const station of stations) await consume(`${exchange}.${station}`, station === 'intake' ? takeStart : takeStep);

process.on('SIGTERM', () => process.exit(0));
process.stdout.write('ready\n');

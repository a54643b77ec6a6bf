import { connect } from 'amqplib';
import { program } from '../support/programs.ts';
import type { Shape } from './driver.ts';
import { MeasuredProcess, serviceEnv } from './processes.ts';
import { payload, STEPS } from './workload.ts';

/** `one`: one process hosts all stations. `per-station`: a process per station (and, of the engine's line, one for the intake). */
export type Hosting = 'one' | 'per-station';

/** A line under measurement: its processes, and how to send work into it. */
export interface MeasuredLine {
  readonly processes: readonly MeasuredProcess[];
  readonly shape: Shape;
}

/** The bare line on its own exchange and queues. */
export async function bareLine(amqpUrl: string, namespace: string, hosting: Hosting): Promise<MeasuredLine> {
  const exchange = `${namespace}.bare`;
  const connection = await connect(amqpUrl);
  const channel = await connection.createChannel();
  await channel.assertExchange(exchange, 'topic', { durable: true });
  for (const station of [...STEPS, 'done']) {
    await channel.assertQueue(`${exchange}.${station}`, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.bindQueue(`${exchange}.${station}`, exchange, station);
  }
  await connection.close();
  const env = { AMQP_URL: amqpUrl };
  const hosts = hosting === 'one' ? [[...STEPS]] : STEPS.map((step) => [step]);
  const processes = await Promise.all(
    hosts.map((stations) =>
      MeasuredProcess.start(stations.join('+'), program('test/bench/bare-line.ts'), [namespace, ...stations], env),
    ),
  );
  return {
    processes,
    shape: {
      send: (sequence) => ({
        exchange,
        routingKey: STEPS[0],
        contentType: 'application/json',
        body: Buffer.from(JSON.stringify(payload(sequence))),
      }),
      endsQueue: `${exchange}.done`,
      sequenceOf: (body) => Number(JSON.parse(body.toString('utf8')).sequence),
    },
  };
}

/** The least that any line of this design must do, in one process: the same writes and messages, and no engine. */
export async function journalLine(
  urls: { amqpUrl: string; mongodbUrl: string },
  namespace: string,
  round: string,
): Promise<MeasuredLine> {
  const exchange = `${namespace}.journal`;
  const connection = await connect(urls.amqpUrl);
  const channel = await connection.createChannel();
  await channel.assertExchange(exchange, 'topic', { durable: true });
  const stations = ['intake', ...STEPS];
  for (const address of [...stations, 'bench.succeeded']) {
    await channel.assertQueue(`${exchange}.${address}`, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.bindQueue(`${exchange}.${address}`, exchange, address);
  }
  await connection.close();
  const env = { AMQP_URL: urls.amqpUrl, MONGODB_URL: urls.mongodbUrl };
  const args = [namespace, ...stations];
  return {
    processes: [await MeasuredProcess.start('journal', program('test/bench/journal-line.ts'), args, env)],
    shape: startEvents({ exchange, routingKey: 'intake', endsQueue: `${exchange}.bench.succeeded`, round }),
  };
}

/** Conveyor's line with everything on, as it is deployed: the programs of services/, and nothing switched off. */
export async function conveyorLine(
  urls: { amqpUrl: string; mongodbUrl: string },
  namespace: string,
  hosting: Hosting,
  round: string,
): Promise<MeasuredLine> {
  const env = {
    ...serviceEnv(urls, namespace),
    ACTIONS_MODULE: program('test/bench/workload.ts'),
  };
  const hosts =
    hosting === 'one'
      ? [{ name: 'intake and stations', file: program('test/bench/one-process.ts'), args: [...STEPS] }]
      : [
          { name: 'intake', file: program('services/intake/main.ts'), args: [] },
          ...STEPS.map((step) => ({ name: step, file: program('services/worker/main.ts'), args: [step] })),
        ];
  const processes = await Promise.all(hosts.map((host) => MeasuredProcess.start(host.name, host.file, host.args, env)));
  const endsQueue = `${namespace}.bench-ends`;
  const connection = await connect(urls.amqpUrl);
  const channel = await connection.createChannel();
  await channel.assertQueue(endsQueue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.bindQueue(endsQueue, `${namespace}.events`, 'bench.succeeded');
  await connection.close();
  return { processes, shape: startEvents({ exchange: `${namespace}.start`, routingKey: 'bench', endsQueue, round }) };
}

/** Workflows go in as start events; their ends come as lifecycle events. */
function startEvents(to: { exchange: string; routingKey: string; endsQueue: string; round: string }): Shape {
  const { exchange, routingKey, endsQueue, round } = to;
  let sent = 0;
  return {
    send: (sequence) => ({
      exchange,
      routingKey,
      contentType: 'application/cloudevents+json',
      body: Buffer.from(
        JSON.stringify({
          specversion: '1.0',
          type: 'conveyor.start',
          source: `/bench/${round}`,
          id: String(sent++),
          subject: String(sequence),
          data: payload(sequence),
        }),
      ),
    }),
    endsQueue,
    sequenceOf: (body) => Number(JSON.parse(body.toString('utf8')).subject),
  };
}

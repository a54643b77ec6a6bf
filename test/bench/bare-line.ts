// The bare line: what the broker alone can do. The same hops as a workflow of the benchmark, over quorum queues, published
// with confirms and `mandatory`, acknowledged after the confirm; no database, no engine. One process hosts the stations
// that are named:   bare-line.ts <namespace> <station> [<station> …]
import { connect } from 'amqplib';
import { STEPS } from './workload.ts';

/** As many as a station of the engine has unacknowledged in the benchmark. */
const PREFETCH = 400;

const [namespace = '', ...stations] = process.argv.slice(2);
const url = process.env['AMQP_URL'] ?? '';
const exchange = `${namespace}.bare`;

const options = { noDelay: true };
const consuming = await connect(url, options);
const publishing = await connect(url, options);
const out = await publishing.createConfirmChannel();

for (const station of stations) {
  const next = STEPS[STEPS.findIndex((step) => step === station) + 1] ?? 'done';
  const channel = await consuming.createChannel();
  await channel.prefetch(PREFETCH);
  await channel.consume(`${exchange}.${station}`, (message) => {
    if (!message) return;
    const state: Record<string, unknown> = JSON.parse(message.content.toString('utf8'));
    const body = Buffer.from(JSON.stringify({ ...state, last: state['sequence'] }));
    out.publish(
      exchange,
      next,
      body,
      { persistent: true, mandatory: true, contentType: 'application/json' },
      (error) => {
        if (error) channel.nack(message);
        else channel.ack(message);
      },
    );
  });
}

process.on('SIGTERM', () => process.exit(0));
process.stdout.write('ready\n');

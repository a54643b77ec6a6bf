// Before the tests that need servers: RabbitMQ and MongoDB, ready, with their addresses in the environment of all tests. They are
// left running, so that the next run starts at once; "npm run servers -- down" ends them.
import { ensureServers } from '../../infra/local/servers.ts';

export default async function setUpServers(): Promise<void> {
  const { amqpUrl, mongodbUrl, managementUrl, startedByUs } = await ensureServers();
  process.env['AMQP_URL'] = amqpUrl;
  process.env['MONGODB_URL'] = mongodbUrl;
  if (managementUrl !== undefined) process.env['RABBITMQ_MANAGEMENT_URL'] = managementUrl;
  if (startedByUs)
    process.stderr.write('servers: left running for the next tests; "npm run servers -- down" ends them\n');
}

// The `conveyor` command from the sources. Where the environment names no servers, it takes those of this working copy.
import { sharedServers } from './local/servers.ts';

const { AMQP_URL: amqpUrl, MONGODB_URL: mongodbUrl } = process.env;
const [command = '--help'] = process.argv.slice(2);

if (!amqpUrl && !mongodbUrl && !command.startsWith('-')) {
  const urls = sharedServers().urls();
  if (urls !== undefined) {
    process.env['AMQP_URL'] = urls.amqpUrl;
    process.env['MONGODB_URL'] = urls.mongodbUrl;
    process.stderr.write('conveyor: AMQP_URL and MONGODB_URL are not set: using the servers of "npm run servers"\n');
  } else {
    process.stderr.write('conveyor: AMQP_URL and MONGODB_URL are not set; "npm run servers -- up" sets servers up\n');
  }
}

await import('../services/cli/main.ts');

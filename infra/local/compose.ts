// The two servers as containers: see the compose files beside this one.
import { join } from 'node:path';
import type { ContainerRecipe } from './container-server.ts';
import { probeMongodb } from './mongodb-probe.ts';
import { mongodbUrls, REPLICA_SET } from './mongodb-server.ts';
import { probeRabbitmq } from './rabbitmq-probe.ts';
import { RABBITMQ_USER, rabbitmqUrls } from './rabbitmq-server.ts';
import { portOf } from './settings.ts';

const composeFile = (name: string) => join(import.meta.dirname, name);

export const rabbitmqContainer: ContainerRecipe = {
  name: 'rabbitmq',
  portNames: ['amqp', 'management'],
  composeFile: composeFile('compose.rabbitmq.yml'),
  environment: (settings) => ({
    AMQP_PORT: String(portOf(settings, 'amqp')),
    MANAGEMENT_PORT: String(portOf(settings, 'management')),
    RABBITMQ_USER,
    RABBITMQ_PASSWORD: settings.password,
  }),
  probe: async (settings) => await probeRabbitmq(rabbitmqUrls(settings).url, { declare: true }),
  urls: rabbitmqUrls,
};

export const mongodbContainer: ContainerRecipe = {
  name: 'mongodb',
  portNames: ['mongodb'],
  composeFile: composeFile('compose.mongodb.yml'),
  environment: (settings) => ({ MONGODB_PORT: String(portOf(settings, 'mongodb')) }),
  probe: async (settings) => {
    return await probeMongodb({ replicaSet: REPLICA_SET, host: `127.0.0.1:${portOf(settings, 'mongodb')}` });
  },
  urls: mongodbUrls,
};

// What docker-compose.yml starts, without containers: the same command lines, each a process, on the shared servers.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { EVENT_CONTENT_TYPE } from '../../shared/contract/cloud-event.ts';
import { buildImage, ComposeLine } from '../support/compose-line.ts';
import { RealLine } from '../support/real-line.ts';
import { namespace, testServers } from '../support/servers.ts';
import { exampleEvent } from '../support/start-event-example.ts';

jest.setTimeout(120_000);

const CLI = 'dist/services/cli/main.js';
const SCALED = 'authorize-payment';

const name = namespace();
const real = new RealLine(name);
const { amqpUrl, mongodbUrl } = testServers();
const line = new ComposeLine({ AMQP_URL: amqpUrl, MONGODB_URL: mongodbUrl, CONVEYOR_NAMESPACE: name });

beforeAll(async () => {
  buildImage();
  await line.up();
});

afterAll(async () => {
  await line.down();
});

/** The README's order under another id and key. */
const orderLike = (key: string): Buffer => {
  const event: unknown = JSON.parse(exampleEvent().toString());
  return Buffer.from(JSON.stringify({ ...(event as object), id: key, subject: key }));
};

const conveyor = (...args: string[]) => line.run(['node', CLI, ...args]);

/** What `conveyor show --json` says once the order has ended. */
async function ended(key: string): Promise<unknown> {
  for (let looks = 0; looks < 60; looks++) {
    const { code, stdout } = await conveyor('show', key, '--json');
    const shown: unknown = code === 0 ? JSON.parse(stdout) : {};
    if (typeof shown === 'object' && shown !== null && 'endedAt' in shown && shown.endedAt !== null) return shown;
    await sleep(250);
  }
  throw new Error(`order ${key} has not ended: ${(await conveyor('show', key)).stdout}`);
}

describe('the line as docker-compose.yml runs it', () => {
  it('takes the order of the README to its end', async () => {
    await real.publish('start', 'order-payment', exampleEvent(), EVENT_CONTENT_TYPE);
    expect(await ended('4711')).toMatchObject({ status: 'succeeded', state: 'delivered', parked: null });
  });

  it('grows one station by a process, and both consume', async () => {
    await line.scale(SCALED);
    const { consumerCount } = await real.channel.checkQueue(`${name}.work.${SCALED}`);
    expect(consumerCount).toBe(2);
    await real.publish('start', 'order-payment', orderLike('4712'), EVENT_CONTENT_TYPE);
    expect(await ended('4712')).toMatchObject({ status: 'succeeded' });
  });

  it('proves itself, and stops cleanly', async () => {
    expect(await conveyor('audit', '--drained')).toMatchObject({ code: 0 });
    const exits = await line.down();
    const services = line.names.filter((service) => service !== 'setup');
    expect(exits.map(({ name: service }) => service).toSorted()).toEqual([...services, SCALED].toSorted());
    for (const { name: service, exit } of exits) expect([service, exit]).toEqual([service, { code: 0, signal: null }]);
  });
});

// A deploy declares queues before it starts workers; what stands in them then is not lost.
import { describe, expect, it } from '@jest/globals';
import { stationTopology } from '../../../../shared/contract/topology.ts';
import { parcelWorkflow, testAction } from '../../../support/test-actions.ts';
import { TestLine } from '../../../support/test-line.ts';
import { NAMESPACE } from '../../../support/test-process.ts';

const HOUR = 3_600_000;

/** A line without workers, one of whose stations was declared, and a workflow that has come there. */
async function declared() {
  const line = new TestLine();
  await line.prepare([parcelWorkflow()]);
  await line.broker.declare(stationTopology(NAMESPACE, 'pack'));
  await line.addIntake();
  await line.addSteward();
  const id = await line.start('parcel', 'order-1');
  return { line, id };
}

describe('a message in a declared queue that no worker has ever hosted', () => {
  it('is not sent again, however long nobody comes', async () => {
    const { line, id } = await declared();
    await line.clock.advance(HOUR);
    // The one message, and the probes behind it: after 30 s, then twice as long each time, at last every 10 minutes.
    expect(line.server.depths().get(`${NAMESPACE}.work.pack`)?.ready).toBeLessThan(13);
    await line.addWorker([testAction('pack'), testAction('send')]);
    await line.clock.advance(60_000);
    expect((await line.journal.readHead(id))?.status).toBe('succeeded');
  });

  it('is lost with the queue: then its workflow is parked, as where there never was one', async () => {
    const { line, id } = await declared();
    await line.clock.advance(60_000);
    line.server.removeQueue(`${NAMESPACE}.work.pack`);
    await line.clock.advance(60_000);
    expect((await line.journal.readHead(id))?.parked?.code).toBe('no-station');
  });
});

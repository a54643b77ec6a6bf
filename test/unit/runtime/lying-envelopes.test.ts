import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Delivery } from '../../../shared/broker/broker.ts';
import { ENVELOPE_CONTENT_TYPE, encodeEnvelope } from '../../../shared/contract/envelope.ts';
import { exchangeName, queueName } from '../../../shared/contract/topology.ts';
import { lies, type Victims } from '../../support/lying-envelopes.ts';
import { actions, definitions } from '../../support/modules/parcels.ts';
import { TestLine } from '../../support/test-line.ts';
import { NAMESPACE } from '../../support/test-process.ts';

const NOBODY = 'nobody-nobody-nobody-x';
const DATA = { weight: 1 };

let line: TestLine;
let victims: Victims;
const dead: Delivery[] = [];

beforeAll(async () => {
  line = new TestLine();
  await line.prepare(definitions);
  await line.addIntake();
  await line.addWorker(actions);
  const ended = await line.start('parcel', 'ended', DATA);
  const parked = await line.start('parcel', 'parked', { ...DATA, packBreaksContract: true });
  await line.untilDrained();
  victims = { ended, parked, nobody: NOBODY };
  await line.broker.consume(queueName.dead(NAMESPACE), {
    prefetch: 100,
    onDelivery: (delivery) => {
      dead.push(delivery);
      delivery.ack();
    },
  });
});

const attemptsOf = async (workflowId: string, step: number) => (await line.journal.readStep(workflowId, step)).attempts;

/** Of the workflows that there really are. */
const histories = async () => [await line.history(victims.ended), await line.history(victims.parked)];

describe('an envelope that lies about', () => {
  const names = lies({ ended: '', parked: '', nobody: '' }, DATA, 0).map(({ what }, index) => [what, index] as const);

  it.each(names)('%s comes to a known end', async (_, index) => {
    const lie = lies(victims, DATA, line.clock.now())[index];
    if (!lie) throw new Error('the list is the same');
    const { envelope, station = envelope.action, fate } = lie;
    const before = await histories();
    const body = encodeEnvelope(envelope);
    await line.until(
      line.broker.publish({
        exchange: exchangeName.work(NAMESPACE),
        routingKey: `parcel.${station}`,
        body,
        contentType: ENVELOPE_CONTENT_TYPE,
        messageId: 'lie',
        mandatory: true,
      }),
    );
    dead.length = 0;
    await line.untilDrained(5_000);
    if (fate !== 'nothing' && 'code' in fate) {
      expect(dead).toHaveLength(1);
      expect(dead[0]).toMatchObject({
        body,
        contentType: ENVELOPE_CONTENT_TYPE,
        headers: {
          'conveyor-code': fate.code,
          'conveyor-reason': expect.stringMatching(fate.reason),
          'conveyor-queue': `test.work.${station}`,
        },
      });
    } else {
      expect(dead).toEqual([]);
    }
    if (fate !== 'nothing' && 'attempt' in fate) {
      const attempts = await attemptsOf(envelope.workflowId, envelope.step);
      expect(attempts.at(-1)).toMatchObject({
        attempt: envelope.attempt,
        fate: fate.attempt,
        ...(fate.because === undefined ? {} : { code: fate.because }),
      });
    } else {
      // Nothing was written, and nothing performed.
      expect(await histories()).toEqual(before);
      expect(await attemptsOf(NOBODY, envelope.step)).toEqual([]);
    }
  });

  it('an attempt after which there is no number left is set aside when it fails', async () => {
    const [base] = lies(victims, { ...DATA, packFailures: 100_000 }, line.clock.now());
    if (!base) throw new Error('there are lies');
    const envelope = {
      ...base.envelope,
      workflowId: 'another-nobody-nobody1',
      attempt: 99_999,
      data: { ...DATA, packFailures: 100_000 },
    };
    dead.length = 0;
    await line.until(
      line.broker.publish({
        exchange: exchangeName.work(NAMESPACE),
        routingKey: 'parcel.pack',
        body: encodeEnvelope(envelope),
        contentType: ENVELOPE_CONTENT_TYPE,
        messageId: 'lie',
        mandatory: true,
      }),
    );
    await line.untilDrained(10_000);
    expect(dead).toHaveLength(1);
    expect(dead[0]?.headers['conveyor-reason']).toMatch(/^attempt: /);
  });

  it('leaves the truth as it is, and the audit names the attempt that was made up', async () => {
    const [ended, parked] = await histories();
    expect(ended).toMatchObject({ head: { status: 'succeeded' }, snapshots: [{ step: 1 }, { step: 2 }] });
    expect(parked).toMatchObject({
      head: { status: 'parked', parked: { step: 1, code: 'outcome-invalid' } },
      snapshots: [],
    });
    expect((await line.audit([victims.ended, victims.parked])).violations).toMatchObject([
      { workflowId: victims.ended, problem: 'step 1: attempt 2 is missing, but there is attempt 99999' },
    ]);
  });
});

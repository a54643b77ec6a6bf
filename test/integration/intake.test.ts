// What comes in through the door, from programs that know nothing but the contract: accepted once, or set aside whole with the reason.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { LineProcesses } from '../support/line-processes.ts';
import { RealLine } from '../support/real-line.ts';
import { namespace } from '../support/servers.ts';

jest.setTimeout(60_000);

const CLOUD_EVENT = 'application/cloudevents+json';

const line = new LineProcesses(namespace());
const real = new RealLine(line.namespace);
const intake = line.intake({ DEFINITION_WAIT: '6s' });
const worker = line.worker(['pack', 'send']);

beforeAll(async () => {
  await line.prepare();
  await Promise.all([intake.start(), worker.start()]);
});

afterAll(async () => {
  await Promise.all([intake, worker].map((service) => service.stop()));
});

const event = (id: string, changes: object = {}) => ({
  specversion: '1.0',
  id,
  source: '/test/shop',
  type: 'conveyor.start',
  subject: id,
  data: { weight: 1 },
  ...changes,
});

describe('the intake', () => {
  it('starts the same event once, however often it comes', async () => {
    const id = await real.start('same', { weight: 1 });
    await real.start('same', { weight: 1 });
    await real.until(id, 'ended');
    await real.start('same', { weight: 999 });
    await real.start('after-it', { weight: 1 });
    await eventually(async () => (await real.journal.findHeads({ businessKey: 'after-it' }, 10)).length === 1);
    const heads = await real.journal.findHeads({ businessKey: 'same' }, 10);
    expect(heads).toMatchObject([{ _id: id, status: 'succeeded', input: { weight: 1 } }]);
  });

  it.each([
    ['is no JSON', 'parcel', 'not json', 'event-invalid', /^body: not JSON/],
    ['lacks a field', 'parcel', JSON.stringify({ ...event('x'), subject: undefined }), 'event-invalid', /^subject: /],
    ['is of another type', 'parcel', JSON.stringify(event('x', { type: 'shop.order' })), 'event-invalid', /^type: /],
    [
      'contradicts its routing key',
      'parcel',
      JSON.stringify(event('x', { workflow: 'letter' })),
      'event-invalid',
      /^workflow: "letter" does not agree/,
    ],
    [
      'has data that the definition does not take',
      'parcel',
      JSON.stringify(event('x', { data: { weight: 'much' } })),
      'event-invalid',
      /^data\.weight: /,
    ],
    [
      'is too large',
      'parcel',
      JSON.stringify(event('x', { data: { weight: 1, note: 'x'.repeat(70_000) } })),
      'event-too-large',
      /^data has 7\d{4} bytes; the limit is 65536/,
    ],
  ])('sets aside whole what %s, with the reason in headers', async (_, routingKey, body, code, reason) => {
    await real.publish('start', routingKey, body, CLOUD_EVENT);
    const dead = await real.take('dead');
    expect(dead.content.toString()).toBe(body);
    expect(dead.fields.routingKey).toBe(code);
    expect(dead.properties).toMatchObject({
      contentType: CLOUD_EVENT,
      headers: {
        'conveyor-code': code,
        'conveyor-reason': expect.stringMatching(reason),
        'conveyor-queue': `${line.namespace}.intake`,
        'conveyor-routing-key': routingKey,
      },
    });
  });

  it('keeps an event whose definition is registered only afterwards', async () => {
    const workflow = { ...(await parcelDefinition()), name: 'late-parcel' };
    const id = await real.start('too-early', { weight: 1 }, 'late-parcel');
    await eventually(async () => (await intake.status('/metrics')).body.includes('result="delayed"'));
    await real.journal.registerDefinition({
      ...workflow,
      _id: 'late-parcel/00001',
      definition: { ...workflow.definition, name: 'late-parcel' },
    });
    expect((await real.until(id, 'ended')).head.workflow).toBe('late-parcel');
  });

  it('sets aside what no definition was registered for in time', async () => {
    await real.start('never', { weight: 1 }, 'unknown-workflow');
    const dead = await real.take('dead');
    expect(dead.properties.headers).toMatchObject({
      'conveyor-code': 'event-definition-unknown',
      'conveyor-routing-key': expect.stringMatching(/unknown-workflow|intake/),
    });
    expect(JSON.parse(dead.content.toString())).toMatchObject({ id: 'never' });
  });

  it('is not held up by what it sets aside', async () => {
    for (let sent = 0; sent < 200; sent += 1) {
      real.channel.publish(`${line.namespace}.start`, 'parcel', Buffer.from(`rubbish ${sent}`), {
        contentType: CLOUD_EVENT,
      });
    }
    const id = await real.start('good-one', { weight: 1 });
    await real.until(id, 'ended');
    await eventually(async () => (await real.ready('dead')) === 200);
    await real.channel.purgeQueue(`${line.namespace}.dead`);
  });
});

/** Right in itself, and at the wrong station. */
const foreign = {
  specversion: '1.0',
  workflowId: 'A'.repeat(22),
  workflow: 'parcel',
  version: 1,
  businessKey: 'astray',
  step: 2,
  attempt: 1,
  failures: 0,
  kind: 'run',
  action: 'send',
  state: 'packed',
  data: {},
  sentAt: Date.now(),
};

describe('a station', () => {
  it.each([
    ['what is no envelope', 'not an envelope', 'envelope-invalid', /^body: not JSON/],
    ['an envelope for another station', JSON.stringify(foreign), 'envelope-foreign', /"send".*station of "pack"/],
    ['an envelope without a field', JSON.stringify({ specversion: '1.0' }), 'envelope-invalid', /^workflowId: /],
  ])('sets aside whole %s', async (_, body, code, reason) => {
    await real.publish('work', 'parcel.pack', body, 'application/json');
    const dead = await real.take('dead');
    expect(dead.content.toString()).toBe(body);
    expect(dead.properties.headers).toMatchObject({
      'conveyor-code': code,
      'conveyor-reason': expect.stringMatching(reason),
      'conveyor-queue': `${line.namespace}.work.pack`,
    });
  });

  it('parks a result that breaks the contract, and says what is allowed', async () => {
    const id = await real.start('broken', { weight: 1, packBreaksContract: true });
    const { head } = await real.until(id, 'parked');
    expect(head.parked).toMatchObject({
      step: 1,
      code: 'outcome-invalid',
      reason: expect.stringMatching(/^Action "pack" returned .*declared are box$/),
    });
  });

  it('leads a declared failure where the definition says', async () => {
    const id = await real.start('heavy', { weight: 900, packRefused: true });
    const { head, snapshots } = await real.until(id, 'ended');
    expect(head.status).toBe('failed');
    expect(snapshots).toMatchObject([{ state: 'refused', failure: { code: 'too-heavy', message: '900 kg' } }]);
  });
});

/** As it is registered. */
async function parcelDefinition() {
  const record = await real.journal.latestDefinition('parcel');
  if (!record) throw new Error('it was registered before the tests');
  return record;
}

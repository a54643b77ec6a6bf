// What nobody should send, on a running line: it does no harm. Everything that is wrong ends in `conveyor.dead`, whole, with a
// reason that names the field; everything that is right ends; nothing is held up, comes back for ever or is left over.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ConsumeMessage, Options } from 'amqplib';
import * as fc from 'fast-check';
import { z } from 'zod';
import { EVENT_CONTENT_TYPE } from '../../shared/contract/cloud-event.ts';
import { ENVELOPE_CONTENT_TYPE } from '../../shared/contract/envelope.ts';
import { workflowIdOf } from '../../shared/contract/start-event.ts';
import { defineAction } from '../../shared/core/define-action.ts';
import { defineWorkflow } from '../../shared/core/define-workflow.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { completed } from '../../shared/core/outcome.ts';
import { SeededRandom } from '../../shared/testing/seeded-random.ts';
import { eventually } from '../support/eventually.ts';
import { asBody, type Hostile } from '../support/hostile.ts';
import { goodEnvelope, hostileEnvelopes } from '../support/hostile-envelopes.ts';
import { goodEvent, hostileEvents } from '../support/hostile-events.ts';
import { hostileProperties } from '../support/hostile-properties.ts';
import { InProcessLine } from '../support/in-process-line.ts';
import { lies } from '../support/lying-envelopes.ts';
import { NO_TEXT, RawPublisher } from '../support/raw-publisher.ts';
import { namespace, testServers } from '../support/servers.ts';

jest.setTimeout(60_000);

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const FUZZ = { events: 750, envelopes: 750, good: 250 };
const LARGE_BYTES = 17 * 2 ** 20;
const WORKFLOW = 'parcel';
const SOURCE = '/test/bad-input';

const input = z.object({ weight: z.number() });
const pack = defineAction({
  name: 'pack',
  input,
  changes: z.object({ box: z.string() }),
  concurrency: 100,
  timeout: '5s',
  // Less than nothing: the result breaks the contract.
  run: async ({ input: { weight } }) =>
    completed(weight < 0 ? (JSON.parse('{"crate":1}') as { box: string }) : { box: `${weight} kg` }),
});
const send = defineAction({
  name: 'send',
  input: z.object({ box: z.string() }),
  changes: z.object({ sent: z.boolean() }),
  concurrency: 100,
  timeout: '5s',
  run: async () => completed({ sent: true }),
});
const actions = [pack, send] as const;
const definition = defineWorkflow({
  name: WORKFLOW,
  version: 1,
  input,
  actions,
  initial: 'placed',
  states: {
    placed: { choices: [{ action: 'pack', to: 'packed' }] },
    packed: { choices: [{ action: 'send', to: 'sent' }] },
    sent: { end: 'succeeded' },
  },
});

let line: InProcessLine;
let publisher: RawPublisher;

// Before the namespace is removed, which comes next: what still consumes would declare it again.
afterAll(async () => {
  await publisher.close();
  await line.close();
});

const name = namespace();
const random = new SeededRandom(SEED);
const ownKeys = Reflect.ownKeys(Object.prototype);

/** What was set aside, as it lies in `conveyor.dead`. */
let dead: ConsumeMessage[] = [];
/** All that was ever set aside, by code. */
const deadByCode = new Map<string, number>();
/** Business keys of the workflows that have succeeded. */
const ended = new Set<string>();

beforeAll(async () => {
  const urls = testServers();
  line = await InProcessLine.start({ urls, namespace: name, actions, definitions: [definition] });
  publisher = await RawPublisher.connect(urls.amqpUrl);
  await publisher.bind(`${name}.test-ends`, `${name}.events`, `${WORKFLOW}.succeeded`);
  await publisher.consume(`${name}.test-ends`, ({ content }) => ended.add(JSON.parse(content.toString()).subject));
  await publisher.consume(`${name}.dead`, (message) => {
    dead.push(message);
    const code = String(message.properties.headers?.['conveyor-code']);
    deadByCode.set(code, (deadByCode.get(code) ?? 0) + 1);
  });
});

const startEvent = (id: string, weight = 1) => goodEvent({ id, source: SOURCE, subject: id, data: { weight } });

/** A start event that is right; its workflow's business key is `id`. */
const publishGood = (id: string, options: Options.Publish = {}, weight = 1): Promise<void> =>
  publisher.publish(`${name}.start`, WORKFLOW, asBody(startEvent(id, weight)), {
    contentType: EVENT_CONTENT_TYPE,
    messageId: id,
    ...options,
  });

const untilDead = (count: number): Promise<void> =>
  eventually(
    () => dead.length >= count,
    40_000,
    () => `${dead.length} of ${count} messages are set aside`,
  );

const untilEnded = (ids: readonly string[]): Promise<void> =>
  eventually(
    () => ids.every((id) => ended.has(id)),
    40_000,
    () =>
      `not ended: ${ids
        .filter((id) => !ended.has(id))
        .slice(0, 5)
        .join(', ')}`,
  );

interface Fuzz extends Hostile {
  readonly id: string;
  readonly exchange: 'start' | 'work';
  readonly key: string;
}

const fuzz = (prefix: string, events: number, envelopes: number): readonly Fuzz[] => [
  ...fc.sample(hostileEvents(startEvent('never'), WORKFLOW), { numRuns: events, seed: SEED }).map((one, index) => ({
    ...one,
    id: `${prefix}-event-${index}`,
    exchange: 'start' as const,
    key: one.routingKey ?? WORKFLOW,
  })),
  ...fc.sample(hostileEnvelopes(envelope()), { numRuns: envelopes, seed: SEED }).map((one, index) => ({
    ...one,
    id: `${prefix}-envelope-${index}`,
    exchange: 'work' as const,
    key: `${WORKFLOW}.pack`,
  })),
];

const envelope = (overrides = {}) =>
  goodEnvelope({
    workflow: WORKFLOW,
    action: 'pack',
    state: 'placed',
    data: { weight: 1 },
    sentAt: Date.now(),
    ...overrides,
  });

const publishBad = ({ exchange, key, body, contentType, id }: Fuzz): Promise<void> =>
  publisher.publish(`${name}.${exchange}`, key, body, {
    messageId: id,
    ...(contentType === undefined ? {} : { contentType }),
  });

/** What must be readable of a message that was set aside. */
const shown = ({ content, properties, fields }: ConsumeMessage) => ({
  id: String(properties.messageId),
  body: content.toString('base64'),
  contentType: String(properties.contentType),
  code: fields.routingKey,
  headers: { ...properties.headers },
});

describe(`bad input on a running line (SEED=${SEED} repeats it)`, () => {
  it('is set aside whole, each with a reason that names the field, while everything that is right ends', async () => {
    dead = [];
    const bad = fuzz('fuzz', FUZZ.events, FUZZ.envelopes);
    const good = Array.from({ length: FUZZ.good }, (_, index) => `good-${index}`);
    const all = [...bad.map((one) => () => publishBad(one)), ...good.map((id) => () => publishGood(id))];
    await Promise.all(shuffled(all).map((publish) => publish()));
    await Promise.all([untilDead(bad.length), untilEnded(good)]);

    const found = new Map(dead.map((message) => [String(message.properties.messageId), shown(message)]));
    for (const one of bad) {
      const set = found.get(one.id);
      const reason = String(set?.headers['conveyor-reason']);
      expect({ ...one, reason, body: set?.body, contentType: set?.contentType, code: set?.code }).toEqual({
        ...one,
        reason: expect.stringMatching(new RegExp(`^${one.field.replace(/[.]/g, '\\.')}\\b`)),
        body: one.body.toString('base64'),
      });
      expect(set?.headers).toMatchObject({
        'conveyor-code': one.code,
        'conveyor-queue': `${name}.${one.exchange === 'start' ? 'intake' : 'work.pack'}`,
        'conveyor-exchange': `${name}.${one.exchange}`,
        'conveyor-routing-key': one.key,
      });
    }
    expect(dead).toHaveLength(bad.length);
  });

  it('is set aside whatever its headers and properties are, and what is right ends whatever they are', async () => {
    dead = [];
    const attacks = Object.values(hostileProperties(name));
    const wrong = new Map<string, string>();
    for (const [index, options] of attacks.entries()) {
      await publishGood(`attack-${index}`, options);
      const { messageId = 'attack', ...others } = options;
      const event = asBody({ ...startEvent(`attack-${index}`), time: 'soon' });
      const broken = asBody(envelope({ step: 0, businessKey: `attack-${index}` }));
      wrong.set(event.toString('base64'), 'time');
      wrong.set(broken.toString('base64'), 'step');
      await publisher.publish(`${name}.start`, WORKFLOW, event, {
        contentType: EVENT_CONTENT_TYPE,
        messageId,
        ...others,
      });
      const { CC: _cc, BCC: _bcc, ...forOne } = others;
      await publisher.publish(`${name}.work`, `${WORKFLOW}.pack`, broken, {
        contentType: ENVELOPE_CONTENT_TYPE,
        messageId,
        ...forOne,
      });
    }
    const ids = attacks.map((_, index) => `attack-${index}`);
    await Promise.all([untilDead(wrong.size), untilEnded(ids)]);
    expect(dead).toHaveLength(wrong.size);
    for (const { body, headers } of dead.map(shown)) {
      expect(headers['conveyor-reason']).toMatch(new RegExp(`^${wrong.get(body)}: `));
      // Its own, and what the broker adds: none of the sender's.
      expect(
        Object.keys(headers).filter(
          (key) => !/^(conveyor-(code|reason|queue|exchange|routing-key)|x-delivery-count)$/.test(key),
        ),
      ).toEqual([]);
    }
  });

  it('is set aside also where its properties are no text', async () => {
    dead = [];
    await publishGood('no-text', { contentType: NO_TEXT, messageId: NO_TEXT });
    await publisher.publish(`${name}.work`, `${WORKFLOW}.pack`, asBody('no envelope'), {
      contentType: NO_TEXT,
      messageId: NO_TEXT,
    });
    await publishGood('no-text-in-its-id', { messageId: NO_TEXT });
    await Promise.all([untilDead(2), untilEnded(['no-text-in-its-id'])]);
    const reasons = dead.map(shown).map(({ headers }) => String(headers['conveyor-reason']).split(':')[0]);
    expect(new Set(reasons)).toEqual(new Set(['body', 'content type']));
    expect(dead.map(({ content }) => content)).toContainEqual(asBody(startEvent('no-text')));
  });

  it('is set aside whole also when it is far too large', async () => {
    dead = [];
    const large = Buffer.alloc(LARGE_BYTES, '{"a":');
    await publisher.publish(`${name}.start`, WORKFLOW, large, { contentType: EVENT_CONTENT_TYPE, messageId: 'large' });
    await publisher.publish(`${name}.work`, `${WORKFLOW}.pack`, large, { messageId: 'large' });
    await publishGood('beside-large');
    await Promise.all([untilDead(2), untilEnded(['beside-large'])]);
    for (const { content } of dead) expect(content.equals(large)).toBe(true);
    const reasons = dead.map(shown).map(({ headers }) => headers['conveyor-reason']);
    expect(new Set(reasons)).toEqual(
      new Set([
        `body has ${LARGE_BYTES} bytes; the limit is ${LIMITS.eventBytes}.`,
        `body: has ${LARGE_BYTES} bytes; the limit is ${LIMITS.envelopeBytes}`,
      ]),
    );
  });

  it('is set aside or parked with a true reason where it is an envelope that lies, and the truth stays as it is', async () => {
    dead = [];
    await publishGood('victim');
    await publishGood('parked-victim', {}, -1);
    const victims = {
      ended: workflowIdOf(SOURCE, 'victim'),
      parked: workflowIdOf(SOURCE, 'parked-victim'),
      nobody: workflowIdOf(SOURCE, 'nobody'),
    };
    await untilEnded(['victim']);
    await eventually(async () => (await line.journal.readHead(victims.parked))?.status === 'parked');
    const told = lies(victims, { weight: 1 }, Date.now());
    for (const { envelope: lie, station = lie.action, what } of told) {
      await publisher.publish(`${name}.work`, `${WORKFLOW}.${station}`, asBody(lie), {
        contentType: ENVELOPE_CONTENT_TYPE,
        messageId: what,
      });
    }
    const toDie = told.flatMap(({ what, fate }) => (fate !== 'nothing' && 'code' in fate ? [{ what, ...fate }] : []));
    await untilDead(toDie.length);
    const found = new Map(dead.map((message) => [String(message.properties.messageId), shown(message).headers]));
    for (const { what, code, reason } of toDie) {
      expect({ what, ...found.get(what) }).toMatchObject({
        what,
        'conveyor-code': code,
        'conveyor-reason': expect.stringMatching(reason),
      });
    }
    for (const { envelope: lie, fate } of told) {
      if (fate === 'nothing' || !('attempt' in fate)) continue;
      await eventually(async () => {
        const { attempts } = await line.journal.readStep(lie.workflowId, lie.step);
        return attempts.some((attempt) => attempt.attempt === lie.attempt && attempt.fate === fate.attempt);
      });
    }
    expect(dead).toHaveLength(toDie.length);
    expect(await line.journal.readHistory(victims.ended)).toMatchObject({
      head: { status: 'succeeded' },
      snapshots: [{ step: 1 }, { step: 2 }],
    });
    expect(await line.journal.readHistory(victims.parked)).toMatchObject({
      head: { status: 'parked', parked: { step: 1, code: 'outcome-invalid' } },
      snapshots: [],
    });
  });

  it('slows down what is right by little, when it is a fifth of the traffic', async () => {
    const rates = { alone: 0, beside: 0 };
    for (const round of [1, 2, 3]) {
      rates.alone = Math.max(rates.alone, await measure(`alone-${round}`, []));
      rates.beside = Math.max(rates.beside, await measure(`beside-${round}`, fuzz(`beside-${round}`, 25, 25)));
    }
    const ratio = rates.beside / rates.alone;
    const told = Object.entries(rates).map(([how, rate]) => `${how} ${rate.toFixed(0)}/s`);
    process.stdout.write(`good workflows, beside a fifth of bad messages: ${ratio.toFixed(2)} (${told.join(', ')})\n`);
    // Far below what is measured on a quiet machine: other work on this one must not fail a test, a line that waits at each bad
    // message must.
    expect(ratio).toBeGreaterThanOrEqual(0.3);
  });

  it('leaves nothing over: the queues are empty, every message is counted, nothing was given up, no prototype has changed', async () => {
    await line.stop();
    expect(await line.depths()).toEqual({});
    const counted = [...(await line.metrics.render()).matchAll(/^conveyor_dead_total\{reason="([^"]+)"\} (\d+)$/gm)];
    expect(Object.fromEntries(counted.map(([, code, count]) => [code, Number(count)]))).toEqual(
      Object.fromEntries(deadByCode),
    );
    expect(line.fenced).toEqual([]);
    expect(Reflect.ownKeys(Object.prototype)).toEqual(ownKeys);
    expect('polluted' in {}).toBe(false);
  });
});

/** 200 workflows that are right, with bad messages spread among them. Workflows per second. */
async function measure(prefix: string, bad: readonly Fuzz[]): Promise<number> {
  const ids = Array.from({ length: 200 }, (_, index) => `${prefix}-${index}`);
  const all = shuffled([...ids.map((id) => () => publishGood(id)), ...bad.map((one) => () => publishBad(one))]);
  dead = [];
  const begunAt = performance.now();
  await Promise.all(all.map((publish) => publish()));
  await untilEnded(ids);
  const seconds = (performance.now() - begunAt) / 1_000;
  await untilDead(bad.length);
  return ids.length / seconds;
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  const keyed = items.map((item) => ({ item, key: random.next() }));
  return keyed.toSorted((one, other) => one.key - other.key).map(({ item }) => item);
}

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import * as fc from 'fast-check';
import { EVENT_CONTENT_TYPE } from '../../../shared/contract/cloud-event.ts';
import { decodeStationMessage } from '../../../shared/contract/envelope.ts';
import { LIFECYCLE_EVENTS, lifecycleEventSchema } from '../../../shared/contract/lifecycle-event.ts';
import { decodeStartEvent } from '../../../shared/contract/start-event.ts';
import { decodeStewardEvent } from '../../../shared/contract/steward-event.ts';
import { decodeTicket } from '../../../shared/contract/ticket.ts';
import { SetAside } from '../../../shared/core/errors.ts';
import { decodeEnvelope } from '../../support/decode-envelope.ts';
import { asBody } from '../../support/hostile.ts';
import { goodEnvelope } from '../../support/hostile-envelopes.ts';
import { goodEvent } from '../../support/hostile-events.ts';

const ajv = new Ajv2020({ strict: false });
formats.default(ajv);

/** As another program would: from the published file, by the standard. */
function published(name: string): (value: unknown) => boolean {
  const file = resolve(import.meta.dirname, `../../../docs/schema/${name}.schema.json`);
  return ajv.compile(JSON.parse(readFileSync(file, 'utf8')));
}

const accepts =
  (decode: (body: Buffer) => unknown) =>
  (value: unknown): boolean => {
    try {
      decode(asBody(value));
      return true;
    } catch (error) {
      if (error instanceof SetAside) return false;
      throw error;
    }
  };

// Limits are in bytes, which a JSON Schema cannot count: the texts here have one byte per character.
const text = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 8 }),
  fc.constantFrom(0, 1, 21, 22, 23, 63, 64, 65, 255, 256, 257, 1024, 1025).map((length) => 'x'.repeat(length)),
  fc.constantFrom(
    '1.0',
    'conveyor.start',
    'order-payment',
    '4711',
    'run',
    'ubMHB_vlqXCJk15bAt6Fkw',
    '01',
    '99999',
    '100000',
  ),
  fc.constantFrom(
    '2026-05-06T07:08:09Z',
    '2026-05-06T07:08:09.123+02:00',
    '2026-02-29T00:00:00Z',
    '2026-05-06',
    '2026-05-06T07:08Z',
  ),
  fc.constantFrom('application/json', 'text/JSON; charset=utf-8', 'a/b+json', 'application/xml', 'application/jsonx'),
);
const number = fc.oneof(
  fc.constantFrom(0, 1, -1, 1.5, 500, 501, 99_999, 100_000, Number.MAX_SAFE_INTEGER, 2 ** 53, -0, 1e300),
  fc.integer(),
);
const anything = fc.oneof(text, number, fc.constantFrom(null, true, false), fc.constantFrom([], {}, [{}], { a: [1] }));

/** The right value of a field as a rule; now and then any other, or none. */
const mostly = (right: unknown) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(right) },
    { weight: 2, arbitrary: anything },
    {
      weight: 1,
      arbitrary: fc.constant(undefined),
    },
  );

const spoiled = (fields: Readonly<Record<string, unknown>>) =>
  fc.record(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, mostly(value)])));

/** Both agree on every value; and enough of the values are right that agreeing says something. */
function expectAgreement(
  values: fc.Arbitrary<unknown>,
  schema: (value: unknown) => boolean,
  code: (value: unknown) => boolean,
): void {
  let accepted = 0;
  const runs = 3_000;
  fc.assert(
    fc.property(values, (value) => {
      const asSent: unknown = JSON.parse(JSON.stringify(value));
      const isAccepted = code(asSent);
      accepted += Number(isAccepted);
      expect(schema(asSent)).toBe(isAccepted);
    }),
    { numRuns: runs },
  );
  expect(accepted).toBeGreaterThan(runs / 50);
  expect(accepted).toBeLessThan((runs * 19) / 20);
}

describe('what is published as JSON Schema', () => {
  it('accepts and refuses the start events that the intake does', () => {
    const optional = { time: '2026-05-06T07:08:09Z', datacontenttype: 'application/json', workflowversion: 1 };
    const events = spoiled({ ...goodEvent(optional), traceparent: null, partitionkey: 'a' });
    const decode = (body: Buffer) => decodeStartEvent(body, EVENT_CONTENT_TYPE, 'order-payment');
    expectAgreement(events, published('start-event'), accepts(decode));
  });

  it('accepts and refuses the notifications and cancellations that the steward does', () => {
    const target = { workflowid: null, workflow: 'order-payment', traceparent: null };
    const notify = spoiled({ ...goodEvent(target), type: 'conveyor.notify' });
    const cancel = spoiled({ ...goodEvent(target), type: 'conveyor.cancel', data: { reason: 'why' } });
    const decodeAs = (kind: string, routingKey: string) => (body: Buffer) => {
      if (decodeStewardEvent(body, EVENT_CONTENT_TYPE, routingKey).kind !== kind) {
        throw new SetAside('event-invalid', { problem: 'another kind' });
      }
    };
    expectAgreement(notify, published('notification'), accepts(decodeAs('notification', 'payment-confirmed')));
    // Not the name of the workflow, which must agree with the routing key, too.
    const named = cancel.filter(({ workflow }) => [undefined, 'order-payment'].includes(workflow as never));
    expectAgreement(named, published('cancellation'), accepts(decodeAs('cancellation', 'order-payment')));
  });

  it('accepts and refuses the name of the workflow that the intake does', () => {
    const workflow = published('start-event');
    fc.assert(
      fc.property(fc.oneof(text, anything), (name) => {
        const event = goodEvent({ workflow: name });
        // The routing key is what it should be, if it can be.
        const decode = (body: Buffer) =>
          decodeStartEvent(body, EVENT_CONTENT_TYPE, typeof name === 'string' ? name : 'x');
        expect(workflow(event)).toBe(accepts(decode)(event));
      }),
    );
  });

  it('accepts and refuses the envelopes that a station does', () => {
    const envelopes = spoiled({ ...goodEnvelope(), startedAt: 1, traceparent: '00-1-2-03', newer: 1 });
    expectAgreement(envelopes, published('envelope'), accepts(decodeEnvelope));
  });

  it('accepts and refuses the envelopes of the way back, the tickets and the probes that a station does', () => {
    const undoes = { step: 1, performed: 'possibly' };
    const back = spoiled({ ...goodEnvelope(), kind: 'compensate', undoes, deadline: 1 });
    expectAgreement(back, published('envelope'), accepts(decodeEnvelope));
    const { specversion, workflowId, workflow, version, businessKey, step, action, state } = goodEnvelope();
    const tickets = { specversion, workflowId, workflow, version, businessKey, step, action, state, ticket: 1 };
    expectAgreement(spoiled(tickets), published('ticket'), accepts(decodeTicket));
    const probes = { specversion: '1.0', action: 'ship', sentAt: 1, newer: 1 };
    const asProbe = (body: Buffer) => decodeStationMessage(body);
    const marked = spoiled(probes).map((probe) => ({ ...probe, kind: 'probe' }));
    expectAgreement(marked, published('probe'), accepts(asProbe));
  });

  it('is what lifecycle events are held to', () => {
    const data = {
      workflow: 'order-payment',
      version: 1,
      state: 'placed',
      step: 1,
      action: 'a',
      code: 'b',
      reason: 'c',
    };
    const events = fc.record({
      specversion: mostly('1.0'),
      id: mostly('a'),
      source: mostly('/conveyor/conveyor'),
      type: fc.oneof(
        fc.constantFrom(...LIFECYCLE_EVENTS).map((name) => `conveyor.workflow.${name}`),
        mostly('x'),
      ),
      subject: mostly('4711'),
      time: mostly('2026-05-06T07:08:09.010Z'),
      datacontenttype: mostly('application/json'),
      workflowid: mostly('ubMHB_vlqXCJk15bAt6Fkw'),
      data: fc.oneof(spoiled(data), mostly(data)),
    });
    expectAgreement(events, published('lifecycle-event'), (value) => lifecycleEventSchema.safeParse(value).success);
  });
});

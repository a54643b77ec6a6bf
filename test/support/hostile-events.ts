import * as fc from 'fast-check';
import { EVENT_CONTENT_TYPE } from '../../shared/contract/cloud-event.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { asBody, type Fields, type Hostile, hostileBodies, withRawValue, wrongField } from './hostile.ts';

export const goodEvent = (overrides: Fields = {}): Fields => ({
  specversion: '1.0',
  id: 'order-4711',
  source: '/shop',
  type: 'conveyor.start',
  subject: '4711',
  data: { amount: 100 },
  ...overrides,
});

const NOT_TEXT = [null, true, 7, [], {}, ['order'], { id: 'order' }, ''];

/** Values that an attribute may not have, by attribute. */
const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  specversion: [undefined, '0.3', '1', 1, ...NOT_TEXT],
  id: [undefined, 'x'.repeat(LIMITS.eventAttributeBytes + 1), 'é'.repeat(600), ...NOT_TEXT],
  source: [undefined, 'x'.repeat(LIMITS.eventAttributeBytes + 1), '😀'.repeat(257), ...NOT_TEXT],
  type: [undefined, 'conveyor.start ', 'CONVEYOR.START', 'conveyor.cancel', ...NOT_TEXT],
  subject: [undefined, 'x'.repeat(LIMITS.businessKeyBytes + 1), 'é'.repeat(129), ...NOT_TEXT],
  time: ['yesterday', '2026-02-30T00:00:00Z', '2026-01-01', 1_700_000_000, [], {}, true, ''],
  datacontenttype: ['application/xml', 'application/jsonx', 'json', 'application/json-seq', 5, [], {}, ''],
  workflow: ['Order', 'order payment', 'order.payment', '-order', 'x'.repeat(65), 'ordér', 7, [], {}, true, ''],
  workflowversion: [0, -1, 1.5, 100_000, '0', '01', '1.0', 'one', '100000', [], {}, true, ''],
  traceparent: ['x'.repeat(65), 7, [], {}, true, ''],
  data: [undefined, null, true, 7, 'text', '{"amount":100}', [], [{}]],
};

const wrongAttribute = (event: Fields) =>
  fc.constantFrom(
    ...Object.entries(WRONG).flatMap(([name, values]) => values.map((value) => wrongField(event, name, value))),
  );

/** Half a surrogate pair, which no UTF-8 can say: where ids and keys are concerned. */
const brokenText = (event: Fields) =>
  fc
    .record({
      name: fc.constantFrom('id', 'source', 'subject', 'traceparent'),
      half: fc.constantFrom('\\ud800', '\\udfff', '\\udc00\\ud800', 'a\\ud83d', '\\ude00b'),
    })
    .map(({ name, half }) => ({
      what: `${name} is "${half}"`,
      field: name,
      body: withRawValue(event, name, `"${half}"`),
    }));

const tooLarge = (event: Fields): fc.Arbitrary<Pick<Hostile, 'what' | 'field' | 'body'>> =>
  fc.constantFrom(
    {
      what: 'data above its limit',
      field: 'data',
      body: asBody({ ...event, data: { filler: 'x'.repeat(LIMITS.dataBytes) } }),
    },
    {
      what: 'data above its limit by its bytes',
      field: 'data',
      body: asBody({ ...event, data: { filler: 'é'.repeat(LIMITS.dataBytes / 2) } }),
    },
    { what: 'above the limit', field: 'body', body: asBody({ ...event, extension: 'x'.repeat(LIMITS.eventBytes) }) },
    { what: 'zeros above the limit', field: 'body', body: Buffer.alloc(LIMITS.eventBytes + 1) },
  );

const NO_EVENT_TYPES = [
  'application/json',
  'application/cloudevents',
  'application/cloudevents-batch+json',
  'application/cloudevents+xml',
  'application/cloudevents+jsonx',
  'text/plain; a=application/cloudevents+json',
  'x'.repeat(255),
  ' ',
  'application/cloudevents+json, text/plain',
];

/**
 * Start events that must be refused, whatever is registered.
 * @param event a right one
 * @param routingKey of the right one
 */
export const hostileEvents = (event: Fields, routingKey: string): fc.Arbitrary<Hostile> =>
  fc.oneof(
    { weight: 4, arbitrary: wrongAttribute(event).map((bytes) => ({ ...bytes, ...INVALID })) },
    { weight: 3, arbitrary: hostileBodies(event).map((bytes) => ({ ...bytes, ...INVALID })) },
    { weight: 2, arbitrary: brokenText(event).map((bytes) => ({ ...bytes, ...INVALID })) },
    { weight: 1, arbitrary: tooLarge(event).map((bytes) => ({ ...bytes, ...INVALID, code: 'event-too-large' })) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...NO_EVENT_TYPES).map((contentType) => ({
        ...INVALID,
        what: `content type ${contentType}`,
        field: 'content type',
        body: asBody(event),
        contentType,
      })),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('', 'Order', 'a.b', `${routingKey}.x`, '#', '*', 'x'.repeat(255), 'ü')
        .map((wrong) => ({
          ...INVALID,
          what: `routing key ${wrong}`,
          field: 'routing key',
          body: asBody(event),
          routingKey: wrong,
        })),
    },
    {
      weight: 1,
      arbitrary: fc.constant({
        ...INVALID,
        what: 'a workflow that is not the routing key',
        field: 'workflow',
        body: asBody({ ...event, workflow: `${routingKey}-x` }),
      }),
    },
  );

const INVALID = { code: 'event-invalid', contentType: EVENT_CONTENT_TYPE };

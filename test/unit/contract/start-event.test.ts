import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { EVENT_CONTENT_TYPE } from '../../../shared/contract/cloud-event.ts';
import { decodeStartEvent, type StartEvent, workflowIdOf } from '../../../shared/contract/start-event.ts';
import { SetAside } from '../../../shared/core/errors.ts';
import { LIMITS } from '../../../shared/core/limits.ts';
import { WORKFLOW_ID_PATTERN } from '../../../shared/core/names.ts';
import { asBody, type Fields, mutilated, withRawValue } from '../../support/hostile.ts';
import { goodEvent, hostileEvents } from '../../support/hostile-events.ts';

const WORKFLOW = 'order-payment';

const decode = (event: Fields | Buffer, contentType: string | undefined = EVENT_CONTENT_TYPE): StartEvent =>
  decodeStartEvent(Buffer.isBuffer(event) ? event : asBody(event), contentType, WORKFLOW);

function refusal(act: () => unknown): SetAside {
  try {
    act();
  } catch (error) {
    if (error instanceof SetAside) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a start event', () => {
  it('is taken with the attributes that it must have', () => {
    expect(decode(goodEvent())).toEqual({
      workflowId: workflowIdOf('/shop', 'order-4711'),
      eventId: 'order-4711',
      source: '/shop',
      businessKey: '4711',
      workflow: WORKFLOW,
      version: undefined,
      traceparent: undefined,
      input: { amount: 100 },
    });
  });

  it('is taken with all attributes that it may have', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const event = goodEvent({ time: '2026-05-06T07:08:09.5+02:00', datacontenttype: 'application/json', traceparent });
    expect(decode({ ...event, workflow: WORKFLOW, workflowversion: 3 })).toMatchObject({ version: 3, traceparent });
  });

  it('names its version as a number or as a text', () => {
    expect(decode(goodEvent({ workflowversion: 12 })).version).toBe(12);
    expect(decode(goodEvent({ workflowversion: '12' })).version).toBe(12);
    expect(decode(goodEvent({ workflowversion: '99999' })).version).toBe(99_999);
  });

  it('may leave an attribute out by null, as CloudEvents has it', () => {
    const absent = { time: null, datacontenttype: null, workflow: null, workflowversion: null, traceparent: null };
    expect(decode(goodEvent({ ...absent, someextension: null }))).toEqual(decode(goodEvent()));
  });

  it('may have attributes that we do not know; they stay out of the input', () => {
    const extensions = { partitionkey: 'a', sequence: 7, constructor: 'b', prototype: 'c', dataschema: 'https://x/y' };
    expect(decode(goodEvent(extensions))).toEqual(decode(goodEvent()));
  });

  it.each([
    'application/cloudevents+json',
    'application/cloudevents+json; charset=utf-8',
    'application/cloudevents+json;charset=UTF-8',
    'Application/CloudEvents+JSON ; charset="utf-8"',
    '',
    undefined,
  ])('is taken with the content type %p', (contentType) => {
    expect(decodeStartEvent(asBody(goodEvent()), contentType, WORKFLOW)).toEqual(decode(goodEvent()));
  });

  it.each(['application/json', 'text/json', 'application/vnd.shop.order+json', 'Application/JSON; charset=utf-8'])(
    'may say that its data is %s',
    (datacontenttype) => {
      expect(decode(goodEvent({ datacontenttype }))).toEqual(decode(goodEvent()));
    },
  );

  it('may have no data at all in its data', () => {
    expect(decode(goodEvent({ data: {} })).input).toEqual({});
  });

  it('has any text up to 256 bytes as its business key', () => {
    const any = fc.string({ unit: 'binary', minLength: 1, maxLength: 256 });
    const key = any.filter((text) => Buffer.byteLength(text) <= LIMITS.businessKeyBytes);
    fc.assert(fc.property(key, (subject) => decode(goodEvent({ subject })).businessKey === subject));
    for (const subject of ['\u0000', '\u001b[2J', 'a\nb', '😀'.repeat(64), 'é'.repeat(128), ' ', '\u202e']) {
      expect(decode(goodEvent({ subject })).businessKey).toBe(subject);
    }
  });

  it('keeps its data as it is, whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 4 })), (data) => {
        fc.pre(!JSON.stringify(data).includes('__proto__'));
        // As it is read again: JSON has no minus zero in its writing.
        expect(decode(goodEvent({ data })).input).toEqual(JSON.parse(JSON.stringify(data)));
      }),
    );
  });

  it('keeps what other formats would not: half a surrogate pair, NUL, the names of methods, the smallest and largest numbers', () => {
    const json = '{"a":"\\ud800","b\\u0000":1,"constructor":{"prototype":1},"n":[1e308,5e-324,-0,9007199254740993]}';
    expect(decode(withRawValue(goodEvent(), 'data', json)).input).toEqual(JSON.parse(json));
  });

  it('takes the last of two fields of one name, as JSON.parse does', () => {
    expect(decode(withRawValue(goodEvent(), 'data', '{"a":1,"a":2}')).input).toEqual({ a: 2 });
  });

  it('may nest its data as deep as the limit, and no deeper', () => {
    const nested = (depth: number): Buffer =>
      withRawValue(goodEvent(), 'data', `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`);
    expect(JSON.stringify(decode(nested(LIMITS.depth)).input)).toHaveLength(2 + 6 * (LIMITS.depth - 1));
    expect(refusal(() => decode(nested(LIMITS.depth + 1))).message).toMatch(
      /^data(\.a)+: nested deeper than 32 levels$/,
    );
  });

  it('may fill its data up to the limit, and no further', () => {
    const data = (bytes: number) => ({ filler: 'x'.repeat(bytes - '{"filler":""}'.length) });
    expect(decode(goodEvent({ data: data(LIMITS.dataBytes) })).input).toEqual(data(LIMITS.dataBytes));
    const { code, message } = refusal(() => decode(goodEvent({ data: data(LIMITS.dataBytes + 1) })));
    expect({ code, message }).toEqual({
      code: 'event-too-large',
      message: 'data has 65537 bytes; the limit is 65536.',
    });
  });

  it('is refused by its size before anything else is looked at', () => {
    const { code, message } = refusal(() => decodeStartEvent(Buffer.alloc(17 * 2 ** 20, '['), 'image/png', '#'));
    expect({ code, message }).toEqual({
      code: 'event-too-large',
      message: 'body has 17825792 bytes; the limit is 131072.',
    });
  });

  it('is refused with a reason that names the field, whatever is wrong with it', () => {
    fc.assert(
      fc.property(hostileEvents(goodEvent(), WORKFLOW), ({ body, contentType, routingKey = WORKFLOW, code, field }) => {
        const error = refusal(() => decodeStartEvent(body, contentType, routingKey));
        expect(error.code).toBe(code);
        expect(error.message.startsWith(field)).toBe(true);
      }),
      { numRuns: 1_500 },
    );
  });

  it('is taken or refused by its name, and never anything else, whatever bytes come', () => {
    const bodies = fc.oneof(
      mutilated(goodEvent()),
      fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        try {
          decodeStartEvent(body, EVENT_CONTENT_TYPE, WORKFLOW);
        } catch (error) {
          expect(error).toBeInstanceOf(SetAside);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('leaves every prototype as it was', () => {
    const before = Reflect.ownKeys(Object.prototype);
    for (const json of ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}']) {
      try {
        decode(withRawValue(goodEvent(), 'data', json));
      } catch (error) {
        expect(error).toBeInstanceOf(SetAside);
      }
    }
    expect(Reflect.ownKeys(Object.prototype)).toEqual(before);
    expect('polluted' in {}).toBe(false);
  });

  it('says the value and the right one where two disagree', () => {
    expect(refusal(() => decode(goodEvent({ workflow: 'refund' }))).message).toBe(
      'workflow: "refund" does not agree with the routing key "order-payment"',
    );
    expect(refusal(() => decodeStartEvent(asBody(goodEvent()), EVENT_CONTENT_TYPE, 'a.b')).message).toBe(
      'routing key: "a.b" is not the name of a workflow',
    );
  });
});

describe("a workflow's id", () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 });

  it('is 22 characters of base64url, the same for the same event', () => {
    fc.assert(
      fc.property(text, text, (source, id) => {
        expect(workflowIdOf(source, id)).toMatch(WORKFLOW_ID_PATTERN);
        expect(workflowIdOf(source, id)).toBe(workflowIdOf(source, id));
      }),
    );
  });

  it('stays what it was: an event that is sent again after an upgrade is still the same', () => {
    expect(workflowIdOf('/shop', 'order-4711')).toBe('ubMHB_vlqXCJk15bAt6Fkw');
  });

  it('is another one for another event, also where the characters only move from one attribute to the other', () => {
    fc.assert(
      fc.property(text, text, fc.nat({ max: 20 }), (source, id, at) => {
        const whole = source + id;
        const [otherSource, otherId] = [whole.slice(0, at), whole.slice(at)];
        const isSame = otherSource === source && otherId === id;
        expect(workflowIdOf(otherSource, otherId) === workflowIdOf(source, id)).toBe(isSame);
      }),
    );
    // What the lengths are written with may stand in the attributes, too.
    expect(workflowIdOf('1:a', 'b')).not.toBe(workflowIdOf('1', ':ab'));
    expect(workflowIdOf('a1:b', '')).not.toBe(workflowIdOf('a', 'b'));
  });
});

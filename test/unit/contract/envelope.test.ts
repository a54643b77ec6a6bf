import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { z } from 'zod';
import { EVENT_CONTENT_TYPE } from '../../../shared/contract/cloud-event.ts';
import { type Envelope, encodeEnvelope, envelopeId } from '../../../shared/contract/envelope.ts';
import { decodeStartEvent } from '../../../shared/contract/start-event.ts';
import { SetAside } from '../../../shared/core/errors.ts';
import { LIMITS } from '../../../shared/core/limits.ts';
import { decodeEnvelope } from '../../support/decode-envelope.ts';
import { actionWith } from '../../support/definitions.ts';
import { asBody, type Fields, mutilated, withRawValue } from '../../support/hostile.ts';
import { goodEnvelope, hostileEnvelopes } from '../../support/hostile-envelopes.ts';
import { goodEvent } from '../../support/hostile-events.ts';

const decode = (envelope: Fields): Envelope => decodeEnvelope(asBody(envelope));

function refusal(body: Buffer): SetAside {
  try {
    decodeEnvelope(body);
  } catch (error) {
    if (error instanceof SetAside) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** As much as a workflow can carry: every text as long and every number as large as it may be. */
const LARGEST = goodEnvelope({
  workflow: 'w'.repeat(64),
  version: LIMITS.versions,
  // Control characters are written with six bytes each.
  businessKey: '\u0001'.repeat(LIMITS.businessKeyBytes),
  step: LIMITS.history,
  attempt: LIMITS.attempts,
  failures: LIMITS.attempts,
  action: 'a'.repeat(64),
  state: 's'.repeat(64),
  kind: 'compensate',
  undoes: { step: LIMITS.steps, performed: 'committed' },
  deadline: Number.MAX_SAFE_INTEGER,
  data: { filler: 'x'.repeat(LIMITS.dataBytes - '{"filler":""}'.length) },
  sentAt: Number.MAX_SAFE_INTEGER,
  startedAt: Number.MAX_SAFE_INTEGER,
  traceparent: 't'.repeat(64),
});

describe('an envelope', () => {
  it('comes back as it was sent', () => {
    const envelope = decode(goodEnvelope({ startedAt: 1, traceparent: '00-1-2-03' }));
    expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
    expect(envelope).toEqual(goodEnvelope({ startedAt: 1, traceparent: '00-1-2-03' }));
  });

  it('may leave its data to the journal', () => {
    const { data, ...rest } = decode(goodEnvelope());
    expect(decodeEnvelope(encodeEnvelope({ ...rest, data: undefined }))).toEqual(rest);
    expect(data).toEqual({ amount: 100 });
  });

  it('passes over fields that a newer version may send', () => {
    expect(decode(goodEnvelope({ colour: 5, priority: 'high', constructor: 1 }))).toEqual(goodEnvelope());
  });

  it('fits with the largest data, the longest names and the longest key that there can be', () => {
    expect(decode(LARGEST)).toEqual(LARGEST);
  });

  it('carries every data that a start event may bring, unchanged', () => {
    const anyData = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 5 }));
    fc.assert(
      fc.property(anyData, (data) => {
        fc.pre(!JSON.stringify(data).includes('__proto__'));
        const { input } = decodeStartEvent(asBody(goodEvent({ data })), EVENT_CONTENT_TYPE, 'order-payment');
        expect(decodeEnvelope(encodeEnvelope({ ...decode(goodEnvelope()), data: input })).data).toEqual(input);
      }),
    );
  });

  it('carries data as deep as a start event may bring it, and as an action may set it', () => {
    const deep = withRawValue(
      goodEnvelope(),
      'data',
      `${'{"a":'.repeat(LIMITS.depth - 1)}{}${'}'.repeat(LIMITS.depth - 1)}`,
    );
    expect(encodeEnvelope(decodeEnvelope(deep))).toEqual(deep);
  });

  it('carries whatever an action may set: both draw the line at the same depth', () => {
    const action = actionWith('reserve-stock', z.object({}), z.object({ deep: z.unknown() }));
    for (let depth = 2; depth <= LIMITS.depth + 3; depth++) {
      const changes: unknown = JSON.parse(`{"deep":${'{"a":'.repeat(depth - 2)}{}${'}'.repeat(depth - 2)}}`);
      const parsed = action.parseChanges(changes);
      expect({ depth, isAllowed: parsed.ok }).toEqual({ depth, isAllowed: depth <= LIMITS.depth });
      if (parsed.ok) expect(decode(goodEnvelope({ data: parsed.value })).data).toEqual(changes);
    }
  });

  it('is set aside with a reason that names the field, whatever is wrong with it', () => {
    fc.assert(
      fc.property(hostileEnvelopes(goodEnvelope()), ({ body, code, field }) => {
        const error = refusal(body);
        expect(error.code).toBe(code);
        expect(error.message.startsWith(field)).toBe(true);
      }),
      { numRuns: 1_500 },
    );
  });

  it('is taken or refused by its name, and never anything else, whatever bytes come', () => {
    const bodies = fc.oneof(
      mutilated(goodEnvelope()),
      fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        try {
          decodeEnvelope(body);
        } catch (error) {
          expect(error).toBeInstanceOf(SetAside);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('is set aside by its size before it is read', () => {
    expect(refusal(Buffer.alloc(17 * 2 ** 20, '[')).message).toBe('body: has 17825792 bytes; the limit is 131072');
  });

  it('is called by its workflow, step and attempt, on every copy', () => {
    expect(envelopeId(decode(goodEnvelope({ step: 3, attempt: 2 })))).toBe('ubMHB_vlqXCJk15bAt6Fkw/3/2');
  });
});

import * as fc from 'fast-check';
import { ENVELOPE_CONTENT_TYPE } from '../../shared/contract/envelope.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { asBody, type Fields, type Hostile, hostileBodies, wrongField } from './hostile.ts';

export const goodEnvelope = (overrides: Fields = {}): Fields => ({
  specversion: '1.0',
  workflowId: 'ubMHB_vlqXCJk15bAt6Fkw',
  workflow: 'order-payment',
  version: 1,
  businessKey: '4711',
  step: 1,
  attempt: 1,
  failures: 0,
  kind: 'run',
  action: 'reserve-stock',
  state: 'placed',
  data: { amount: 100 },
  sentAt: 1_700_000_000_000,
  ...overrides,
});

const NOT_TEXT = [null, true, 7, [], {}, ['text']];
const NOT_A_NAME = [undefined, '', 'Order', 'a b', 'a.b', '-a', '__proto__', 'x'.repeat(65), 'ü', ...NOT_TEXT];
const NOT_A_COUNT = [undefined, null, true, '1', 1.5, -1, 2 ** 53, [], {}];

/** Values that a field may not have, by field. */
const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  specversion: [undefined, '0.9', '2.0', 1, ...NOT_TEXT],
  workflowId: [
    undefined,
    '',
    'x'.repeat(21),
    'x'.repeat(23),
    `${'x'.repeat(21)}/`,
    '../../../../../../etc/',
    ...NOT_TEXT,
  ],
  workflow: NOT_A_NAME,
  version: [...NOT_A_COUNT, 0, LIMITS.versions + 1],
  businessKey: [undefined, 'x'.repeat(LIMITS.businessKeyBytes + 1), ...NOT_TEXT],
  step: [...NOT_A_COUNT, 0, LIMITS.history + 1],
  attempt: [...NOT_A_COUNT, 0, LIMITS.attempts + 1],
  failures: [...NOT_A_COUNT, LIMITS.attempts + 1],
  kind: [undefined, '', 'RUN', 'undo', 'rollback', ...NOT_TEXT],
  action: NOT_A_NAME,
  state: NOT_A_NAME,
  data: [null, true, 7, 'text', '{}', [], [{}]],
  undoes: [null, 1, [], {}, { step: 1 }, { step: 0, performed: 'possibly' }, { step: 1, performed: 'perhaps' }],
  deadline: NOT_A_COUNT.filter((value) => value !== undefined),
  sentAt: [...NOT_A_COUNT],
  startedAt: NOT_A_COUNT.filter((value) => value !== undefined),
  traceparent: ['x'.repeat(65), ...NOT_TEXT],
};

const tooLarge = (envelope: Fields): fc.Arbitrary<Pick<Hostile, 'what' | 'field' | 'body'>> =>
  fc.constantFrom(
    { what: 'too large', field: 'body', body: asBody({ ...envelope, data: { a: 'x'.repeat(LIMITS.envelopeBytes) } }) },
    { what: 'zeros above the limit', field: 'body', body: Buffer.alloc(LIMITS.envelopeBytes + 1) },
  );

/** Envelopes that cannot be decoded. @param envelope a right one */
export const hostileEnvelopes = (envelope: Fields): fc.Arbitrary<Hostile> =>
  fc
    .oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom(
          ...Object.entries(WRONG).flatMap(([name, values]) =>
            values.map((value) => wrongField(envelope, name, value)),
          ),
        ),
      },
      { weight: 3, arbitrary: hostileBodies(envelope) },
      { weight: 1, arbitrary: tooLarge(envelope) },
    )
    .map((bytes) => ({ ...bytes, code: 'envelope-invalid', contentType: ENVELOPE_CONTENT_TYPE }));

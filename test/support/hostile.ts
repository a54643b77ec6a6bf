// Messages that must be refused, each with the field that the reason has to name.
import * as fc from 'fast-check';

/** What a message should be, before one thing in it is spoiled. */
export type Fields = Readonly<Record<string, unknown>>;

/** A message from somebody who means harm, or makes a mistake. */
export interface Hostile {
  /** What is wrong with it, for people. */
  readonly what: string;
  /** The field that the reason begins with. */
  readonly field: string;
  readonly code: string;
  readonly body: Buffer;
  readonly contentType: string | undefined;
  /** Instead of the right one. */
  readonly routingKey?: string;
}

type Bytes = Pick<Hostile, 'what' | 'field' | 'body'>;

export const asBody = (fields: unknown): Buffer => Buffer.from(JSON.stringify(fields));

export const without = (fields: Fields, name: string): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));

/** The right JSON, with the text in place of one field's value: for what JSON.stringify does not write. */
export const withRawValue = (fields: Fields, name: string, json: string): Buffer =>
  Buffer.from(JSON.stringify({ ...fields, [name]: '\u0001here' }).replace('"\\u0001here"', () => json));

/** One field whose value is wrong. */
export const wrongField = (fields: Fields, name: string, value: unknown): Bytes => ({
  what: `${name} is ${JSON.stringify(value)?.slice(0, 40) ?? 'missing'}`,
  field: name,
  body: asBody(value === undefined ? without(fields, name) : { ...fields, [name]: value }),
});

/** Nested so deep, in arrays or objects. */
const nested = (depth: number, inObjects: boolean): string =>
  (inObjects ? '{"a":' : '[').repeat(depth) + (inObjects ? '1' : '') + (inObjects ? '}' : ']').repeat(depth);

/** What is wrong with a body whatever it is about. `data` is the field into which the deep and the strange go. */
export const hostileBodies = (fields: Fields): fc.Arbitrary<Bytes> =>
  fc.oneof(
    fc.constantFrom<Bytes>(
      { what: 'empty', field: 'body', body: Buffer.alloc(0) },
      { what: 'one NUL', field: 'body', body: Buffer.alloc(1) },
      { what: 'a byte order mark', field: 'body', body: Buffer.concat([Buffer.from('\ufeff'), asBody(fields)]) },
      { what: 'UTF-16', field: 'body', body: Buffer.from(JSON.stringify(fields), 'utf16le') },
      { what: 'two documents', field: 'body', body: Buffer.concat([asBody(fields), asBody(fields)]) },
      { what: 'a list of it', field: 'body', body: asBody([fields]) },
      { what: '100,000 levels', field: '0.0.0', body: Buffer.from(nested(50_000, false)) },
      { what: 'an infinite number', field: 'data.a', body: withRawValue(fields, 'data', '{"a":1e400}') },
      { what: 'minus infinity', field: 'data.a.1', body: withRawValue(fields, 'data', '{"a":[0,-1e999]}') },
      {
        what: '__proto__',
        field: 'data.__proto__',
        body: withRawValue(fields, 'data', '{"__proto__":{"polluted":1}}'),
      },
      {
        what: '__proto__ within',
        field: 'data.a.0.__proto__',
        body: withRawValue(fields, 'data', '{"a":[{"__proto__":null}]}'),
      },
      {
        what: 'a prototype for all',
        field: '__proto__',
        body: Buffer.from(JSON.stringify(fields).replace('{', '{"__proto__":{"polluted":1},')),
      },
    ),
    fc.constantFrom(null, true, 0, -1.5, '', 'text', [], [[]]).map((value) => ({
      what: `only ${JSON.stringify(value)}`,
      field: 'body',
      body: asBody(value),
    })),
    fc.record({ depth: fc.integer({ min: 34, max: 20_000 }), inObjects: fc.boolean() }).map(({ depth, inObjects }) => ({
      what: `data nested ${depth} deep`,
      field: 'data.a',
      body: withRawValue(fields, 'data', `{"a":${nested(Math.min(depth, inObjects ? 5_000 : depth), inObjects)}}`),
    })),
    // Cut off anywhere: never JSON.
    fc.nat().map((at) => {
      const whole = asBody(fields);
      return { what: 'cut off', field: 'body', body: whole.subarray(0, at % whole.length) };
    }),
    // A byte that begins no character of UTF-8, anywhere.
    fc.record({ at: fc.nat(), byte: fc.integer({ min: 0xf8, max: 0xff }) }).map(({ at, byte }) => {
      const whole = asBody(fields);
      const cut = at % whole.length;
      const body = Buffer.concat([whole.subarray(0, cut), Buffer.of(byte), whole.subarray(cut)]);
      return { what: 'no UTF-8', field: 'body', body };
    }),
    fc
      .uint8Array({ minLength: 1, maxLength: 200 })
      .map((bytes) => ({ what: 'noise', field: 'body', body: Buffer.concat([Buffer.of(0xff), bytes]) })),
  );

/** A body with a few bytes changed, left out or put in: right or wrong, as it happens. */
export const mutilated = (fields: Fields): fc.Arbitrary<Buffer> => {
  const cut = fc.record({
    at: fc.nat(),
    less: fc.nat({ max: 3 }),
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 3 }),
      fc
        .constantFrom('"', '{', '}', '[', ',', ':', '\\u0000', '\\ud83d', 'null', '1e999', '__proto__', '-0')
        .map((text) => Buffer.from(text)),
    ),
  });
  return fc.array(cut, { minLength: 1, maxLength: 3 }).map((cuts) =>
    cuts.reduce<Buffer>((body, { at, less, bytes }) => {
      const from = at % (body.length + 1);
      return Buffer.concat([body.subarray(0, from), bytes, body.subarray(from + less)]);
    }, asBody(fields)),
  );
};

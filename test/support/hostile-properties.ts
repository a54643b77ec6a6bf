import type { Options } from 'amqplib';

/** As the library writes a number whose type it should not guess. */
const typed = (type: string, value: unknown) => ({ '!': type, value });

/** Headers and properties that no client of ours sets so, by what they try. They must change nothing. */
export const hostileProperties = (namespace: string): Readonly<Record<string, Options.Publish>> => ({
  'counts that are none': {
    headers: { 'conveyor-returns': 'many', 'conveyor-waited-ms': 'long', 'conveyor-routing-key': 7 },
  },
  'counts that are objects': {
    headers: { 'conveyor-returns': { a: 1 }, 'conveyor-waited-ms': [1], 'conveyor-routing-key': Buffer.of(255) },
  },
  'counts beyond all bounds': {
    headers: { 'conveyor-returns': 2 ** 62, 'conveyor-waited-ms': typed('double', 1e300) },
  },
  'counts below zero': { headers: { 'conveyor-returns': -1, 'conveyor-waited-ms': -(2 ** 62) } },
  'counts with fractions': {
    headers: { 'conveyor-returns': 0.5, 'conveyor-waited-ms': typed('double', 2 ** 50 + 0.25) },
  },
  'another routing key': { headers: { 'conveyor-routing-key': 'letter' } },
  'reasons like ours': {
    headers: { 'conveyor-code': 'workflow-removed', 'conveyor-reason': 'because', 'conveyor-queue': 'q' },
  },
  'a long life already': {
    headers: {
      'x-death': [
        { count: 100_000, reason: 'rejected', queue: `${namespace}.intake`, exchange: 'x', 'routing-keys': ['a'] },
      ],
      'x-first-death-queue': `${namespace}.intake`,
      'x-delivery-count': 100_000,
      'x-acquired-count': 100_000,
    },
  },
  'a life that is none': { headers: { 'x-death': 'none', 'x-first-death-reason': 7 } },
  'copies to everybody': { CC: ['parcel', 'letter', '#'], BCC: ['parcel', 'x'.repeat(255)] },
  // As much as the client library writes.
  'one large header': { headers: { large: 'x'.repeat(65_000) } },
  'many headers': { headers: Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`h${index}`, index])) },
  'tables in tables': { headers: { deep: JSON.parse(`${'{"a":'.repeat(500)}1${'}'.repeat(500)}`) } },
  'every type that there is': {
    headers: {
      void: null,
      bool: true,
      bytes: Buffer.of(0, 255),
      list: [1, 'a', [{}]],
      table: {},
      int8: typed('int8', -128),
      uint8: typed('uint8', 255),
      int16: typed('int16', -32_768),
      uint16: typed('uint16', 65_535),
      int32: typed('int32', -(2 ** 31)),
      uint32: typed('uint32', 2 ** 32 - 1),
      int64: typed('int64', -(2n ** 63n)),
      float: typed('float', 1.5),
      double: typed('double', -1e308),
      decimal: typed('decimal', { places: 255, digits: 2 ** 32 - 1 }),
      timestamp: typed('timestamp', 2n ** 64n - 1n),
    },
  },
  'the names of methods': {
    headers: JSON.parse('{"__proto__":{"conveyor-returns":5,"polluted":1},"constructor":1,"toString":2}'),
  },
  'every property that there is': {
    priority: 255,
    // Long enough for the test; a message that its sender lets expire does not start anything.
    expiration: '600000',
    persistent: false,
    replyTo: 'amq.rabbitmq.reply-to.x',
    type: 'x'.repeat(255),
    correlationId: 'é'.repeat(127),
    appId: '\u0000',
    timestamp: Number.MAX_SAFE_INTEGER,
    contentEncoding: 'gzip',
  },
  'no id': { messageId: '' },
  'the longest id': { messageId: '😀'.repeat(63) },
});

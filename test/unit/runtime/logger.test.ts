import { describe, expect, it } from '@jest/globals';
import { Parks, Unavailable } from '../../../shared/core/errors.ts';
import { CappedLog } from '../../../shared/runtime/capped-log.ts';
import type { Log } from '../../../shared/runtime/log.ts';
import { createLog, type LogOptions } from '../../../shared/runtime/logger.ts';

const CANARY = 'canary-4711';

function capture(level: LogOptions['level'] = 'info'): {
  log: Log;
  lines: () => Record<string, unknown>[];
  text: () => string;
} {
  const written: string[] = [];
  const log = createLog({ level, service: 'worker', destination: { write: (line) => written.push(line) } });
  return {
    log,
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => written.join(''),
  };
}

describe('log', () => {
  it('writes one JSON object per line, with the level by name and the service', () => {
    const { log, lines } = capture();
    log.info({ port: 9464 }, 'ready');
    expect(lines()).toEqual([expect.objectContaining({ level: 'info', service: 'worker', port: 9464, msg: 'ready' })]);
    expect(Date.parse(String(lines()[0]?.['time']))).not.toBeNaN();
  });

  it('carries the scope of its step on every line, and of all outer scopes', () => {
    const { log, lines } = capture();
    const envelope = { workflowId: 'w', step: 3, attempt: 2, action: 'ship', data: { note: CANARY } };
    log.child({ worker: 'a1' }).forStep(envelope).warn({ ms: 5 }, 'slow');
    expect(lines()).toEqual([
      expect.objectContaining({
        worker: 'a1',
        workflowId: 'w',
        step: 3,
        attempt: 2,
        action: 'ship',
        ms: 5,
        msg: 'slow',
      }),
    ]);
    expect(lines()[0]).not.toHaveProperty('data');
  });

  it.each([
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
    ['silent', 0],
  ] as const)('at level %s writes %d of the four levels', (level, count) => {
    const { log, lines } = capture(level);
    for (const one of ['debug', 'info', 'warn', 'error'] as const) {
      log[one]({}, one);
      expect(log.isEnabled(one)).toBe(lines().some(({ msg }) => msg === one));
    }
    expect(lines()).toHaveLength(count);
  });

  it('makes nothing of a scope that writes no line', () => {
    const { log } = capture();
    const untouchable = {
      get workflowId(): string {
        throw new Error('touched');
      },
      step: 1,
      attempt: 1,
      action: 'ship',
    };
    log.forStep(untouchable).debug({}, 'not written');
    expect(() => log.forStep(untouchable).info({}, 'written')).toThrow('touched');
  });

  it.each([
    ['an object', { data: { card: CANARY } }],
    ['an object in a list', { items: [{ card: CANARY }] }],
    ['a buffer', { body: Buffer.from(CANARY) }],
    ['a map', { map: new Map([[CANARY, 1]]) }],
    ['credentials', { url: `amqp://u:${CANARY}@mq` }],
    ['credentials in an error', { err: new Error(`connect amqp://u:${CANARY}@mq failed`) }],
    ['a long text, beyond its beginning', { reason: 'x'.repeat(300) + CANARY }],
  ])('never writes what may be a payload or a secret: %s', (_, details) => {
    const { log, text } = capture('debug');
    log.error(details, 'failed');
    log.child(details).error({}, 'failed');
    expect(text()).not.toContain(CANARY);
    expect(text()).not.toContain(
      CANARY.split('')
        .map((letter) => letter.charCodeAt(0))
        .join(','),
    );
  });

  it('shows errors as code and message with their causes, and the stack only on debug', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const err = new Unavailable('broker-unavailable', { problem: 'down' }, { cause });
    const shown = { type: 'Unavailable', code: 'broker-unavailable', message: 'RabbitMQ is not reachable: down' };
    const { log, lines } = capture();
    log.warn({ err }, 'trying again');
    expect(lines()[0]?.['err']).toEqual({
      ...shown,
      cause: { type: 'Error', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' },
    });
    const debug = capture('debug');
    debug.log.warn({ err: new Parks('outcome-invalid', { action: 'ship', problem: 'nothing' }) }, 'parked');
    expect(debug.lines()[0]?.['err']).toEqual(
      expect.objectContaining({ stack: expect.stringMatching(/^at .*logger\.test/) }),
    );
  });

  it('says why no address could be reached, though the error itself is silent', () => {
    const { log, lines } = capture();
    log.warn({ err: new AggregateError([new Error('connect ECONNREFUSED ::1:5672')]) }, 'trying again');
    expect(lines()[0]?.['err']).toEqual(expect.objectContaining({ message: 'connect ECONNREFUSED ::1:5672' }));
  });

  it('never throws, whatever it is given', () => {
    const { log, lines } = capture();
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    log.info({ circular, date: new Date(Number.NaN), big: 1n, nan: Number.NaN, none: undefined, list: [[1]] }, 'odd');
    expect(lines()).toHaveLength(1);
  });

  it('names only the kind of an error’s message that is no text, as libraries that put a response there make it', () => {
    const { log, lines } = capture();
    log.warn({ err: Object.assign(new Error(), { message: { body: 'canary' } }) }, 'odd');
    expect(lines()[0]?.['err']).toEqual({ type: 'Error', message: '[object]' });
  });
});

describe('capped log', () => {
  it('falls silent about a key after so many lines, and says so on the last', () => {
    const { log, lines } = capture();
    const capped = new CappedLog(log, { linesPerKey: 2 });
    for (let time = 1; time <= 5; time += 1) capped.warn('poison', { time }, 'set aside');
    capped.warn('other', { time: 1 }, 'set aside');
    expect(lines().map((line) => line['lastLineAboutIt'])).toEqual([undefined, true, undefined]);
  });

  it('remembers a bounded number of keys, the busy ones longest', () => {
    const { log, lines } = capture();
    const capped = new CappedLog(log, { linesPerKey: 1, keys: 2 });
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) capped.warn(key, { key }, 'set aside');
    expect(lines().map(({ key }) => key)).toEqual(['a', 'b', 'c', 'b']);
  });
});

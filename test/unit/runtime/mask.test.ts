import { describe, expect, it } from '@jest/globals';
import { maskUrl, maskUrls } from '../../../shared/runtime/mask.ts';

describe('masking', () => {
  it.each([
    ['amqp://guest:secret@mq:5672/orders', 'amqp://***@mq:5672/orders'],
    ['amqp://guest:s/e@c:ret@mq/orders', 'amqp://***@mq/orders'],
    ['mongodb://u:secret@a:1,b:2/db?authMechanismProperties=secret', 'mongodb://***@a:1,b:2/db?***'],
    ['http://payments:8080/charges?token=secret', 'http://payments:8080/charges?***'],
    [
      'connect to "amqps://u:secret@mq" and mongodb://u:secret@db failed',
      'connect to "amqps://***@mq" and mongodb://***@db failed',
    ],
    ['http://127.0.0.1:9464/metrics', 'http://127.0.0.1:9464/metrics'],
    ['no address, but an a@b', 'no address, but an a@b'],
  ])('%s', (text, masked) => {
    expect(maskUrls(text)).toBe(masked);
  });

  it('hides a text whole that should be a URL and is none', () => {
    expect(maskUrl('guest:secret@mq')).toBe('***');
    expect(maskUrl('mongodb+srv://u:secret@db')).toBe('mongodb+srv://***@db');
  });

  it('takes time in proportion to a hostile text', () => {
    const hostile = 'a://@'.repeat(40_000);
    expect(maskUrls(hostile).length).toBeLessThan(hostile.length);
  });
});

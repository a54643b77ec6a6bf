import { describe, expect, it } from '@jest/globals';
import { retryAfterMs } from '../../../../services/orders/retry-after.ts';

describe('Retry-After', () => {
  it('is whole seconds', () => {
    expect(retryAfterMs('0', undefined)).toBe(0);
    expect(retryAfterMs('7', undefined)).toBe(7_000);
  });

  it('is a date, relative to the date of the answer itself', () => {
    const answeredAt = 'Wed, 21 Oct 2026 07:28:00 GMT';
    expect(retryAfterMs('Wed, 21 Oct 2026 07:28:30 GMT', answeredAt)).toBe(30_000);
    expect(retryAfterMs('Wed, 21 Oct 2026 07:27:00 GMT', answeredAt)).toBe(0);
  });

  it('is bounded: an hour is the longest that is followed', () => {
    expect(retryAfterMs('999999999', undefined)).toBe(3_600_000);
  });

  it('is passed over when it is missing or cannot be understood', () => {
    for (const header of [undefined, '', 'soon', '-1', '1.5', '1e3'])
      expect(retryAfterMs(header, undefined)).toBeUndefined();
    expect(retryAfterMs('Wed, 21 Oct 2026 07:28:30 GMT', undefined)).toBeUndefined();
  });
});

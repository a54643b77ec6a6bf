import { describe, expect, it } from '@jest/globals';
import { completed, failed, pending, retry, waiting } from '../../../shared/core/outcome.ts';

describe('what an action can say', () => {
  it('completed, with its changes', () => {
    expect(completed({ box: 7 })).toEqual({ kind: 'completed', changes: { box: 7 } });
  });

  it('failed, with a declared code and perhaps a message', () => {
    expect(failed('refused')).toEqual({ kind: 'failed', code: 'refused', message: '' });
    expect(failed('refused', 'no stock')).toEqual({ kind: 'failed', code: 'refused', message: 'no stock' });
  });

  it('retry, by the policy or after a time of its own', () => {
    // Strictly: a field that is there but undefined would be one that the outcome's check refuses.
    expect(retry('busy')).toStrictEqual({ kind: 'retry', reason: 'busy' });
    expect(retry('busy', { afterMs: 0 })).toStrictEqual({ kind: 'retry', reason: 'busy', afterMs: 0 });
  });

  it('waiting, for what comes first', () => {
    expect(waiting({ notification: 'paid' })).toStrictEqual({ kind: 'waiting', notification: 'paid' });
    expect(waiting({ poll: '10s', until: '30d', otherwise: 'late' })).toStrictEqual({
      kind: 'waiting',
      pollAfterMs: 10_000,
      untilMs: 30 * 86_400_000,
      otherwise: 'late',
    });
    expect(waiting({ until: new Date(7) })).toStrictEqual({ kind: 'waiting', untilAt: 7 });
  });

  it('pending, by the backoff or after a time of its own', () => {
    expect(pending()).toStrictEqual({ kind: 'pending' });
    expect(pending({ after: '5m' })).toStrictEqual({ kind: 'pending', afterMs: 300_000 });
  });

  it('nothing that waits for a time that is none', () => {
    // @ts-expect-error a duration has a unit
    expect(() => waiting({ until: '10' })).toThrow('waiting.until: "10" is not a duration');
    // @ts-expect-error a duration has a unit
    expect(() => waiting({ poll: 'soon' })).toThrow('waiting.poll: "soon" is not a duration');
    // @ts-expect-error a duration has a unit
    expect(() => pending({ after: '' })).toThrow('pending.after: "" is not a duration');
  });
});

import { describe, expect, it } from '@jest/globals';
import { completed, failed, retry } from '../../../shared/core/outcome.ts';

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
});

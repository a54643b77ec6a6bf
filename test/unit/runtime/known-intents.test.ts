import { describe, expect, it } from '@jest/globals';
import { KnownIntents, MOST_KNOWN } from '../../../shared/runtime/known-intents.ts';

const intent = (_id: string, workflowId = `workflow of ${_id}`) => ({ _id, workflowId });

/** A copy that has heard these answers, each asked for after the one before. */
function heard(...answers: readonly (readonly string[])[]): KnownIntents {
  const known = new KnownIntents();
  for (const ids of answers)
    known.learn(
      known.ask(),
      ids.map((id) => intent(id)),
    );
  return known;
}

describe('the requests that a worker knows of', () => {
  it('are the open ones, by workflow', () => {
    const known = heard(['a']);
    expect(known.isOpenFor('workflow of a')).toBe(true);
    expect(known.isOpenFor('workflow of b')).toBe(false);
    expect(known.ids).toEqual(['a']);
  });

  it('are forgotten when a later answer has them no longer', () => {
    const known = heard(['a', 'b'], ['b']);
    expect(known.isOpenFor('workflow of a')).toBe(false);
    expect(known.ids).toEqual(['b']);
  });

  it('are counted by workflow: while one of two is open, it is being cancelled', () => {
    const known = new KnownIntents();
    known.learn(known.ask(), [intent('a', 'order'), intent('b', 'order')]);
    known.learn(known.ask(), [intent('b', 'order')]);
    expect(known.isOpenFor('order')).toBe(true);
    known.learn(known.ask(), []);
    expect(known.isOpenFor('order')).toBe(false);
  });

  it('are not forgotten over an answer that was on its way before they became known (K1)', () => {
    const known = new KnownIntents();
    const slow = known.ask();
    known.learn(known.ask(), [intent('a')]);
    // Asked first, answered last: it may have been read before the request was made.
    known.learn(slow, []);
    expect(known.ids).toEqual(['a']);
  });

  it('nor over one that was asked later, but before they became known (K1)', () => {
    const known = new KnownIntents();
    const first = known.ask();
    const second = known.ask();
    known.learn(first, [intent('a')]);
    known.learn(second, []);
    expect(known.ids).toEqual(['a']);
    known.learn(known.ask(), []);
    expect(known.ids).toEqual([]);
  });

  it('are not forgotten over an answer that may have left them out', () => {
    const known = heard(['a']);
    const full = Array.from({ length: MOST_KNOWN }, (_, index) => intent(`other ${index}`));
    known.learn(known.ask(), full);
    expect(known.isOpenFor('workflow of a')).toBe(true);
  });
});

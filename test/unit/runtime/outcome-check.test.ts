import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { z } from 'zod';
import { completed, failed, retry } from '../../../shared/core/outcome.ts';
import { parseOutcome } from '../../../shared/runtime/outcome-check.ts';
import { actionWith } from '../../support/definitions.ts';

const pack = actionWith('pack', z.object({}), z.object({ box: z.number().optional() }), ['refused', 'late']);
const silent = actionWith('silent');
const broken = (problem: string) => ({
  kind: 'broken',
  code: 'outcome-invalid',
  reason: `Action "pack" returned ${problem}`,
});

describe('what an action returned', () => {
  it.each([
    ['completed with declared changes', completed({ box: 7 })],
    ['completed without any', completed({})],
    ['failed with a declared code', failed('late', 'too late')],
    ['retry', retry('busy')],
    ['retry after a time', retry('busy', { afterMs: 0 })],
  ])('passes as it is: %s', (_, outcome) => {
    expect(parseOutcome(pack, outcome)).toStrictEqual(outcome);
  });

  it('passes without what does not belong to an outcome', () => {
    const outcome = { kind: 'retry', reason: 'busy', afterMs: undefined, attempt: 7 };
    expect(parseOutcome(pack, outcome)).toStrictEqual({ kind: 'retry', reason: 'busy' });
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['completed', 'completed'],
    [{}, 'an object with no fields'],
    [{ box: 7, lid: true }, 'an object with the fields box, lid'],
    [{ kind: 'done', changes: {} }, 'an object with the fields kind, changes'],
    [{ kind: 'failed', code: 'refused' }, 'an object with the fields kind, code'],
    [{ kind: 'retry', reason: 'busy', afterMs: -1 }, 'an object with the fields kind, reason, afterMs'],
    [{ kind: 'retry', reason: 'busy', afterMs: Infinity }, 'an object with the fields kind, reason, afterMs'],
    [{ kind: 'retry', reason: 'busy', afterMs: Number.NaN }, 'an object with the fields kind, reason, afterMs'],
    [{ kind: 'interrupted' }, 'an object with the fields kind'],
  ])('is broken when it is no outcome, and says what came: %j', (returned, described) => {
    expect(parseOutcome(pack, returned)).toEqual(
      broken(`${described} instead of completed(…), failed(…), retry(…) or waiting(…).`),
    );
  });

  it('is broken when its changes are not declared, and says which are', () => {
    expect(parseOutcome(pack, completed({ lid: true }))).toMatchObject({
      code: 'outcome-invalid',
      reason: expect.stringMatching(/^Action "pack" returned .*lid.*; declared are box$/),
    });
    expect(parseOutcome(pack, completed({ box: 'seven' }))).toMatchObject({ kind: 'broken' });
    expect(parseOutcome(pack, { kind: 'completed' })).toMatchObject({ kind: 'broken' });
  });

  it('is broken when it fails with an undeclared code, and says which are declared', () => {
    expect(parseOutcome(pack, failed('exploded'))).toEqual(
      broken('the undeclared failure "exploded"; declared: refused, late.'),
    );
    expect(parseOutcome(silent, failed('exploded'))).toMatchObject({
      reason: expect.stringContaining('declared: none.'),
    });
  });

  it('is judged, whatever it is, and never thrown over', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }), (returned) => {
        expect(['completed', 'failed', 'retry', 'broken']).toContain(parseOutcome(pack, returned).kind);
      }),
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Action } from '../../../../shared/core/action.ts';
import type { ActionCall } from '../../../../shared/core/action-calls.ts';
import { defineAction } from '../../../../shared/core/define-action.ts';
import { completed, failed, type Outcome } from '../../../../shared/core/outcome.ts';
import { checkContract } from '../../../../shared/runtime/middleware/contract-check.ts';
import { callWith, keptLog } from '../../../support/calls.ts';

type Run = (call: ActionCall<{ weight: number }>) => unknown;

/** @param run may break the contract: that is what some tests are about */
function setup(run: Run) {
  const { log, lines } = keptLog();
  const action: Action = defineAction({
    name: 'pack',
    input: z.object({ weight: z.number() }),
    changes: z.object({ box: z.number() }),
    failures: ['refused'],
    run: async (call): Promise<Outcome<{ box: number }, 'refused'>> => {
      const returned = await run(call);
      return returned as Outcome<{ box: number }, 'refused'>;
    },
  });
  return { through: checkContract(action, log), lines };
}

const call = (attempt = 1) => callWith({ attempt, step: 3, data: { weight: 5, secret: 'not declared' } });

describe('the contract around an action', () => {
  it('gives the action its declared input and what belongs to its attempt, and nothing else of the data', async () => {
    const calls: ActionCall<{ weight: number }>[] = [];
    const { through, lines } = setup((given) => {
      calls.push(given);
      given.log.info({}, 'packing');
      return completed({ box: 7 });
    });
    const given = call(4);
    expect(await through(given)).toEqual(completed({ box: 7 }));
    expect(calls).toEqual([
      {
        input: { weight: 5 },
        idempotencyKey: 'AAAAAAAAAAAAAAAAAAAAAA/00003',
        signal: given.controller.signal,
        attempt: 4,
        workflowId: 'AAAAAAAAAAAAAAAAAAAAAA',
        businessKey: 'parcel-1',
        log: expect.anything(),
      },
    ]);
    expect(lines).toEqual(['info: packing']);
  });

  it('gives each attempt of a step the same key, and another step another', async () => {
    const keys: string[] = [];
    const { through } = setup(({ idempotencyKey }) => {
      keys.push(idempotencyKey);
      return failed('refused');
    });
    for (const [step, attempt] of [
      [3, 1],
      [3, 2],
      [4, 1],
    ] as const) {
      await through(callWith({ step, attempt, data: { weight: 5 } }));
    }
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it('does not perform on data that does not fit, and names the field', async () => {
    let begun = 0;
    const { through } = setup(() => (begun += 1));
    expect(await through(callWith({ data: { weight: 'five' } }))).toEqual({
      kind: 'broken',
      code: 'input-invalid',
      reason: expect.stringMatching(/^The data does not fit the input of action "pack": .*weight/),
    });
    expect(begun).toBe(0);
  });

  it.each([
    ['an undeclared change', completed({ lid: true })],
    ['an undeclared failure', failed('exploded')],
    ['no outcome', undefined],
  ])('lets nothing out that the contract does not allow: %s', async (_, returned) => {
    expect(await setup(() => returned).through(call())).toMatchObject({ kind: 'broken', code: 'outcome-invalid' });
  });

  it.each([
    ['an error', new TypeError('no box'), 'TypeError: no box'],
    ['what is none', 'no box', 'no box'],
    ['nothing', undefined, 'undefined'],
  ])('takes what is thrown for a failed attempt: %s', async (_, thrown: unknown, reason) => {
    const { through, lines } = setup(() => {
      throw thrown;
    });
    expect(await through(call())).toEqual({ kind: 'threw', code: 'action-threw', reason });
    expect(lines).toEqual(['debug: action threw']);
  });

  it.each([
    ['has no text', Object.create(null) as unknown],
    ['has a name that is no text', Object.assign(new Error('no box'), { name: Symbol('name') })],
  ])('takes what is thrown for a failed attempt, also when it %s', async (_, thrown) => {
    const { through } = setup(() => {
      throw thrown;
    });
    expect(await through(call())).toEqual({
      kind: 'threw',
      code: 'action-threw',
      reason: 'something that cannot be written as text (object)',
    });
  });

  it('survives a result that throws when it is looked at', async () => {
    const trap = {
      get kind(): string {
        throw new Error('a trap');
      },
    };
    expect(await setup(() => trap).through(call())).toMatchObject({ kind: 'threw', reason: 'Error: a trap' });
  });
});

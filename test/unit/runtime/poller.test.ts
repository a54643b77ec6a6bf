import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineAction } from '../../../shared/core/define-action.ts';
import { completed, waiting } from '../../../shared/core/outcome.ts';
import type { WaitRecord } from '../../../shared/journal/wait-records.ts';
import { Gate } from '../../../shared/runtime/gate.ts';
import { CALLS_AT_ONCE, Poller } from '../../../shared/runtime/poller.ts';
import { envelopeWith } from '../../support/calls.ts';
import { StationBench } from '../../support/station-bench.ts';

const COUNT = 10_000;
const MOST = 500;

describe('a poller', () => {
  it('asks about 10,000 waits in as many calls as their number over that of one call, ten at once', async () => {
    const bench = await StationBench.open();
    const sizes: number[] = [];
    let under = 0;
    let mostUnder = 0;
    const action = defineAction({
      name: 'ask',
      input: z.object({}),
      changes: z.object({ bank: z.string() }),
      polling: { gather: { most: MOST, within: '200ms' } },
      run: async () => waiting({ poll: '1s' }),
      pollMany: async (calls) => {
        sizes.push(calls.length);
        under += 1;
        mostUnder = Math.max(mostUnder, under);
        await bench.clock.sleep(1_000);
        under -= 1;
        return calls.map(({ poll }) => completed({ bank: `poll ${poll}` }));
      },
    });
    const { polling } = action;
    if (!polling) throw new Error('it polls');
    const context = { ...bench.context, action };
    const poller = new Poller(context, polling, new Gate());
    const { workflowId, workflow, version, businessKey } = envelopeWith();
    const asked = Array.from({ length: COUNT }, (_, number) => {
      const wait: WaitRecord = {
        _id: `${workflowId}/00001`,
        workflowId,
        step: 1,
        attempt: 1,
        workflow,
        version,
        businessKey,
        action: 'ask',
        state: 'placed',
        ticket: 1,
        pollAfterMs: 1_000,
        published: true,
        polls: number,
        open: true,
        at: new Date(0),
      };
      return poller.ask(wait);
    });
    await bench.clock.advance(10_000);
    const replies = await Promise.all(asked);
    expect(sizes).toEqual(Array.from({ length: COUNT / MOST }, () => MOST));
    expect(mostUnder).toBe(CALLS_AT_ONCE);
    expect(replies[7]).toEqual({ kind: 'answered', answer: completed({ bank: 'poll 8' }) });
    expect(replies[COUNT - 1]).toEqual({ kind: 'answered', answer: completed({ bank: `poll ${COUNT}` }) });
  });
});

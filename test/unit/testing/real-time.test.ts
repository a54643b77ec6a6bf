// Goal: what a test line does to be honest on real servers: it waits by the scale, or refuses; and only declared durations are scaled.
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { completed, defineAction, defineWorkflow, pending, waiting } from '../../../shared/index.ts';
import { silentLog } from '../../../shared/runtime/log.ts';
import { testLine } from '../../../shared/testing/index.ts';
import { RealTime } from '../../../shared/testing/real-time.ts';
import { TimeScale } from '../../../shared/testing/time-scale.ts';
import { Traffic } from '../../../shared/testing/traffic.ts';
import { VirtualClock } from '../../../shared/testing/virtual-clock.ts';

const DAY_MS = 86_400_000;
const CALL = {
  input: {},
  idempotencyKey: 'key',
  signal: new AbortController().signal,
  attempt: 1,
  workflowId: 'AAAAAAAAAAAAAAAAAAAAAA',
  businessKey: 'a',
  log: silentLog,
};

function realTime(scale: number) {
  const clock = new VirtualClock();
  const traffic = new Traffic(clock);
  return { clock, traffic, time: new RealTime({ clock, traffic, scale, takeoverMs: 4_000 }) };
}

describe('time on real servers', () => {
  it('is waited for by the scale, and then until nothing moves any more', async () => {
    const { clock, traffic, time } = realTime(1_000_000);
    const advanced = time.advance(30 * DAY_MS).then(() => clock.monotonic());
    clock.after(2_500, () => traffic.moved());
    await clock.advance(10_000);
    expect(await advanced).toBeGreaterThanOrEqual(2_800);
    expect(await advanced).toBeLessThan(2_900);
  });

  it('is refused where it would take longer than a minute, with the scale that would do', async () => {
    await expect(realTime(1).time.advance(30 * DAY_MS)).rejects.toThrow(/timeScale of at least 43200/);
  });

  it('lasts until others have taken over what a killed worker held', async () => {
    const { clock, time } = realTime(1_000_000);
    time.troubled();
    const advanced = time.advance(1_000).then(() => clock.monotonic());
    await clock.advance(10_000);
    expect(await advanced).toBeGreaterThanOrEqual(4_000);
  });

  it('lets a statement come true within its limit', async () => {
    const { clock, time } = realTime(1);
    const came = time.holds(async () => clock.monotonic() >= 3_000);
    const never = time.holds(async () => false);
    await clock.advance(20_000);
    expect([await came, await never]).toEqual([true, false]);
  });

  it('needs to be told where the servers are', async () => {
    const environment = { CONVEYOR_TEST: 'real' };
    await expect(testLine({ actions: [], workflows: [], environment })).rejects.toThrow('AMQP_URL');
  });
});

describe('a time scale', () => {
  const scale = new TimeScale(1_000, new VirtualClock(0));
  const action = defineAction({
    name: 'ask',
    input: z.object({}),
    changes: z.object({}),
    failures: ['silent'],
    timeout: '20s',
    retry: { backoff: '2s', maxBackoff: '1h' },
    polling: { backoff: '10s', maxBackoff: '5m' },
    run: async () => waiting({ poll: '1h', until: new Date(10_000_000), otherwise: 'silent' }),
    poll: async () => pending({ after: '2s' }),
  });

  it('divides what is declared in an action and what it returns, but not its timeout', async () => {
    const scaled = scale.action(action);
    const { retry, contract, polling, timeoutMs } = scaled;
    expect(retry).toMatchObject({ backoffMs: 2, maxBackoffMs: 3_600 });
    expect(contract.retry).toEqual(retry);
    expect(polling).toMatchObject({ backoffMs: 10, maxBackoffMs: 300 });
    expect(timeoutMs).toBe(20_000);
    expect(await scaled.run(CALL)).toMatchObject({ pollAfterMs: 3_600, untilAt: 10_000 });
    expect(await polling?.poll([{ ...CALL, poll: 1 }])).toMatchObject([{ afterMs: 2 }]);
  });

  it('divides the deadline of a workflow', () => {
    const brief = defineAction({
      name: 'do',
      input: z.object({}),
      changes: z.object({}),
      run: async () => completed({}),
    });
    const workflow = defineWorkflow({
      name: 'brief',
      version: 1,
      input: z.object({}),
      actions: [brief],
      deadline: '1d',
      initial: 'begun',
      states: {
        begun: { cancel: 'compensate', choices: [{ action: 'do', to: 'done' }] },
        done: { end: 'succeeded' },
      },
    });
    expect(scale.definition(workflow).deadline).toBe('86400ms');
  });
});

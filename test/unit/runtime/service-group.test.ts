import { describe, expect, it } from '@jest/globals';
import { Fatal } from '../../../shared/core/errors.ts';
import { silentLog } from '../../../shared/runtime/log.ts';
import type { Service } from '../../../shared/runtime/service.ts';
import { ServiceGroup } from '../../../shared/runtime/service-group.ts';
import { settle, VirtualClock } from '../../../shared/testing/virtual-clock.ts';
import { stressService } from '../../support/service-stress.ts';

type Behaviour = 'works' | 'fails' | 'hangs';
const STOP_MS = 10_000;

function setup(parts: Record<string, { start?: Behaviour; stop?: Behaviour }>) {
  const clock = new VirtualClock();
  const calls: string[] = [];
  const act = (call: string, behaviour: Behaviour = 'works'): Promise<void> => {
    calls.push(`${call} at ${clock.monotonic()}`);
    if (behaviour === 'fails') return Promise.reject(new Error(`${call} failed`));
    return behaviour === 'hangs' ? new Promise(() => {}) : Promise.resolve();
  };
  const services = Object.entries(parts).map(([name, { start, stop }]): [string, Service] => [
    name,
    { start: () => act(`start ${name}`, start), stop: () => act(`stop ${name}`, stop), started: true },
  ]);
  const group = new ServiceGroup(Object.fromEntries(services), { clock, log: silentLog, stopMs: STOP_MS });
  return { group, clock, calls };
}

describe('service group', () => {
  it('starts in order and stops in reverse', async () => {
    const { group, calls } = setup({ a: {}, b: {}, c: {} });
    await group.start();
    expect(group.started).toBe(true);
    await group.stop();
    expect(calls.map((call) => call.replace(/ at 0$/, ''))).toEqual([
      'start a',
      'start b',
      'start c',
      'stop c',
      'stop b',
      'stop a',
    ]);
  });

  it('takes back what was begun when a start fails, the failed one included, and nothing else', async () => {
    const { group, calls } = setup({ a: {}, b: { start: 'fails' }, c: {} });
    await expect(group.start()).rejects.toThrow('start b failed');
    expect(calls).toEqual(['start a at 0', 'start b at 0', 'stop b at 0', 'stop a at 0']);
    expect(group.started).toBe(false);
  });

  it('does not wait for a start that hangs when it is told to stop', async () => {
    const { group, calls } = setup({ a: {}, b: { start: 'hangs' }, c: {} });
    const start = group.start();
    await settle();
    await group.stop();
    await expect(start).rejects.toEqual(new Fatal('stopped', { what: 'ServiceGroup' }));
    expect(calls).toEqual(['start a at 0', 'start b at 0', 'stop b at 0', 'stop a at 0']);
  });

  it('passes over what hangs or fails, stops all others within its time, and names what is left', async () => {
    const { group, clock, calls } = setup({ a: {}, b: { stop: 'fails' }, c: { stop: 'hangs' }, d: { stop: 'hangs' } });
    await group.start();
    const stop = group.stop();
    const settled = stop.then(
      () => 'stopped',
      (error: Fatal) => error.message,
    );
    await clock.advance(STOP_MS);
    expect(await settled).toContain('Not stopped cleanly: d, c, b.');
    expect(calls.slice(4)).toEqual(['stop d at 0', 'stop c at 8500', 'stop b at 9000', 'stop a at 9000']);
  });

  it('leaves no timer behind', async () => {
    const { group, clock } = setup({ a: {}, b: {} });
    await group.start();
    await group.stop();
    expect(clock.untilNext).toBeUndefined();
  });

  it('survives being started and stopped by many at once', async () => {
    const { group, calls } = setup({ a: {}, b: {} });
    await stressService(() => group);
    expect(calls.filter((call) => call.startsWith('start a'))).toHaveLength(
      calls.filter((call) => call.startsWith('stop a')).length,
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { Ends } from '../../../../services/dev/ends.ts';
import type { LifecycleEvent } from '../../../../shared/contract/lifecycle-event.ts';

const event = (workflowid: string, state: string): LifecycleEvent => ({
  specversion: '1.0',
  id: `${workflowid}/3/1/x`,
  source: '/conveyor/test',
  type: 'conveyor.workflow.succeeded',
  subject: 'order',
  time: '2026-01-01T00:00:00Z',
  datacontenttype: 'application/json',
  workflowid,
  data: { workflow: 'order-payment', version: 1, state, step: 3 },
});

describe('the ends of workflows', () => {
  it('counts each workflow once, however often its event comes', () => {
    const ends = new Ends({ wanted: 10, isTakenUp: () => false, onAll: () => {} });
    for (const id of ['a', 'a', 'b']) ends.take('succeeded', event(id, 'delivered'));
    ends.take('failed', event('c', 'reserved'));
    ends.take('cancelled', event('d', 'paid'));

    expect([ends.ended, ends.parked, ends.settled]).toEqual([4, 0, 4]);
    expect(ends.byEnd()).toEqual(
      new Map([
        ['delivered', 2],
        ['failed', 1],
        ['cancelled', 1],
      ]),
    );
  });

  it('counts a parked workflow until it is resumed or ends after all', () => {
    const ends = new Ends({ wanted: 10, isTakenUp: () => false, onAll: () => {} });
    ends.take('parked', event('a', 'paid'));
    ends.take('parked', event('b', 'paid'));
    expect(ends.parked).toBe(2);
    ends.take('resumed', event('a', 'paid'));
    ends.take('succeeded', event('b', 'delivered'));
    expect([ends.ended, ends.parked]).toEqual([1, 0]);
  });

  it('says when all of them are settled', () => {
    let calls = 0;
    const onAll = (): void => {
      calls += 1;
    };
    const ends = new Ends({ wanted: 2, isTakenUp: () => false, onAll });
    ends.take('succeeded', event('a', 'delivered'));
    ends.take('succeeded', event('a', 'delivered'));
    expect(calls).toBe(0);
    ends.take('parked', event('b', 'paid'));
    expect(calls).toBe(1);
  });

  it('does not count as settled what an operator takes up again', () => {
    let calls = 0;
    const onAll = (): void => {
      calls += 1;
    };
    const ends = new Ends({ wanted: 2, isTakenUp: (code) => code === 'lost-alone', onAll });
    ends.take('succeeded', event('a', 'delivered'));
    const parked = event('b', 'paid');
    ends.take('parked', { ...parked, data: { ...parked.data, code: 'lost-alone' } });
    expect([calls, ends.parked, ends.settled]).toEqual([0, 1, 1]);
    ends.take('resumed', event('b', 'paid'));
    ends.take('succeeded', event('b', 'delivered'));
    expect([calls, ends.parked, ends.settled]).toEqual([1, 0, 2]);
  });
});

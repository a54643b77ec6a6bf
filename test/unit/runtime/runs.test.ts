import { describe, expect, it } from '@jest/globals';
import type { Delivery } from '../../../shared/broker/broker.ts';
import { Run, Runs } from '../../../shared/runtime/runs.ts';

/** Deliveries that write down what becomes of them. */
function deliveries() {
  const settled: string[] = [];
  const deliver = (name: string): Delivery => ({
    queue: 'work',
    exchange: 'work',
    routingKey: 'parcel.pack',
    body: Buffer.of(),
    contentType: undefined,
    messageId: name,
    headers: {},
    redelivered: false,
    ack: () => settled.push(`${name} acknowledged`),
    giveBack: () => settled.push(`${name} given back`),
  });
  return { settled, deliver };
}

describe('the table of runs', () => {
  it('Q1: the first copy of an attempt has it; the next is adopted and acknowledged with the run', () => {
    const { settled, deliver } = deliveries();
    const runs = new Runs();
    const run = new Run(deliver('first'));
    const copy = new Run(deliver('copy'));
    expect(runs.enter(run, 'w/1/1')).toBe(true);
    expect(runs.enter(copy, 'w/1/1')).toBe(false);
    copy.acknowledge(); // what was adopted is not this one's any more
    expect(settled).toEqual([]);
    run.acknowledge();
    expect(settled).toEqual(['first acknowledged', 'copy acknowledged']);
    expect(runs.size).toBe(1);
  });

  it('gives a copy back together with the run', () => {
    const { settled, deliver } = deliveries();
    const runs = new Runs();
    const run = new Run(deliver('first'));
    runs.enter(run, 'w/1/1');
    runs.enter(new Run(deliver('copy')), 'w/1/1');
    run.giveBack();
    expect(settled).toEqual(['first given back', 'copy given back']);
  });

  it('adopts no message of another attempt', () => {
    const { deliver } = deliveries();
    const runs = new Runs();
    const ids = ['w/1/1', 'w/1/2', 'w/2/1', 'v/1/1'];
    for (const id of ids) expect(runs.enter(new Run(deliver(id)), id)).toBe(true);
    expect(runs.size).toBe(4);
  });

  it('Q2: what comes back after the run has left is adopted by nobody', () => {
    const { settled, deliver } = deliveries();
    const runs = new Runs();
    const run = new Run(deliver('first'));
    runs.enter(run, 'w/1/1');
    runs.leave(run, 'w/1/1');
    expect(runs.enter(new Run(deliver('sent again')), 'w/1/1')).toBe(true);
    run.acknowledge();
    expect(settled).toEqual(['first acknowledged']);
  });

  it('a run that left before cannot take the place of the one that has the attempt now', () => {
    const { deliver } = deliveries();
    const runs = new Runs();
    const earlier = new Run(deliver('earlier'));
    const later = new Run(deliver('later'));
    runs.enter(earlier, 'w/1/1');
    runs.leave(earlier, 'w/1/1');
    runs.enter(later, 'w/1/1');
    runs.leave(earlier, 'w/1/1');
    expect(runs.enter(new Run(deliver('copy')), 'w/1/1')).toBe(false);
    runs.leave(later, 'w/1/1');
    expect(runs.size).toBe(0);
  });

  it('a run that goes on as the next attempt takes the copies that it adopted along, also into another run', () => {
    const { settled, deliver } = deliveries();
    const runs = new Runs();
    const lost = new Run(deliver('lost'));
    runs.enter(lost, 'w/1/1');
    runs.enter(new Run(deliver('its copy')), 'w/1/1');
    runs.leave(lost, 'w/1/1');
    const next = new Run(deliver('next'));
    runs.enter(next, 'w/1/2');
    expect(runs.enter(lost, 'w/1/2')).toBe(false);
    next.acknowledge();
    expect(settled).toEqual(['next acknowledged', 'lost acknowledged', 'its copy acknowledged']);
  });
});

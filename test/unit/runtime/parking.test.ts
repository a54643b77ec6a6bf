import { describe, expect, it } from '@jest/globals';
import { Fatal, Unavailable } from '../../../shared/core/errors.ts';
import { followIfParked, handOnOrPark, parkOf } from '../../../shared/runtime/parking.ts';
import { StationBench, WORKFLOW_ID } from '../../support/station-bench.ts';
import { testAction } from '../../support/test-actions.ts';

const next = (bench: StationBench) => bench.visit({ step: 2, action: 'send', state: 'packed' }).envelope;

/** A station that hands on to an action that nobody consumes. */
async function withoutStation() {
  const bench = await StationBench.open();
  bench.unroutable.add('send');
  return bench;
}

describe('handing on to a station that there is not', () => {
  it('parks the workflow there: claimed and settled in one write, then the head and the event', async () => {
    const bench = await withoutStation();
    await handOnOrPark(bench.context, next(bench));
    const at = new Date(bench.clock.now());
    expect(await bench.fateOf(2, 1)).toMatchObject({
      fate: 'parked',
      code: 'no-station',
      reason: 'No station consumes action "send". Start a worker for it, then retry.',
      worker: 'worker-1',
      settledAt: at,
    });
    const head = await bench.journal.readHead(WORKFLOW_ID);
    expect(head).toMatchObject({ status: 'parked', parked: { step: 2, code: 'no-station', at } });
    expect(bench.events).toMatchObject([{ name: 'parked', step: 2, action: 'send', code: 'no-station' }]);
    expect(bench.sent).toEqual([]);
    await handOnOrPark(bench.context, next(bench)); // by a copy of the message before it: parked already, so not counted
    expect(bench.events).toHaveLength(2);
    expect(await bench.metrics.render()).toContain('conveyor_parked_total{action="send",code="no-station"} 1');
  });

  it('parks also what only a definition has brought: no worker has made a queue for it, and none may ever come', async () => {
    const bench = await withoutStation();
    await bench.journal.writeStation(testAction('send').contract, new Date(0), 'definition');
    await handOnOrPark(bench.context, next(bench));
    expect(await bench.fateOf(2, 1)).toMatchObject({ fate: 'parked', code: 'no-station' });
    expect(bench.sent).toEqual([]);
  });

  it('parks nothing where a worker has hosted it: its queue is gone, and made again for the message to wait in', async () => {
    const bench = await withoutStation();
    await bench.journal.writeStation(testAction('send').contract, new Date(0), 'worker');
    await handOnOrPark(bench.context, next(bench));
    expect(await bench.fateOf(2, 1)).toBeUndefined();
    expect(bench.sent).toMatchObject([{ step: 2, action: 'send' }]);
  });

  it('finishes what another began who parked it, as of then', async () => {
    const bench = await withoutStation();
    const [parked] = await bench.attempts(2, ['parked']);
    await bench.clock.advance(60_000);
    await handOnOrPark(bench.context, next(bench));
    const head = await bench.journal.readHead(WORKFLOW_ID);
    expect(head?.parked).toEqual({ step: 2, code: 'action-threw', reason: 'busy', at: parked?.settledAt });
    expect(bench.events).toMatchObject([{ name: 'parked', code: 'action-threw' }]);
  });

  it('leaves it to whoever has taken the step after all', async () => {
    const bench = await withoutStation();
    await bench.attempts(2, [undefined]);
    await handOnOrPark(bench.context, next(bench));
    expect((await bench.fateOf(2, 1))?.fate).toBeUndefined();
    expect(bench.published).toEqual([]);
    expect((await bench.journal.readHead(WORKFLOW_ID))?.status).toBe('running');
  });

  it.each([
    new Fatal('stopped', { what: 'The broker' }),
    new Unavailable('publish-unknown', { exchange: 'work', problem: 'timeout' }),
  ])('does not take any other failure for it: $code', async (failure) => {
    const bench = await StationBench.open();
    const { context } = bench;
    const sender = Object.assign(Object.create(context.sender) as typeof context.sender, {
      handOn: () => Promise.reject(failure),
    });
    await expect(handOnOrPark({ ...context, sender }, next(bench))).rejects.toBe(failure);
    expect(await bench.fateOf(2, 1)).toBeUndefined();
  });
});

describe('what may still be missing of a parking', () => {
  const followed = async (bench: StationBench) => {
    await followIfParked(bench.context, next(bench));
    return bench.events.map(({ name }) => name);
  };

  it('is done by whoever has the message before it, under the attempt that is parked', async () => {
    const bench = await StationBench.open();
    await bench.attempts(2, ['failed', 'parked']);
    expect(await followed(bench)).toEqual(['parked']);
    expect(bench.published[0]?.messageId).toBe(`${WORKFLOW_ID}/2/2/parked`);
  });

  it.each<[string, Parameters<StationBench['attempts']>[1]]>([
    ['nobody has attempted it', []],
    ['it is being performed', [undefined]],
    ['it failed', ['failed']],
    ['an operator has taken it up', ['parked', 'operator']],
    ['it is performed again', ['parked', 'operator', undefined]],
  ])('is nothing where %s', async (_, fates) => {
    const bench = await StationBench.open();
    await bench.attempts(2, fates);
    expect(await followed(bench)).toEqual([]);
  });

  it('is nothing where a late result has decided the step', async () => {
    const bench = await StationBench.open();
    await bench.attempts(2, ['parked']);
    await bench.decide(2);
    expect(await followed(bench)).toEqual([]);
  });

  it('is told as its fate tells it', async () => {
    const bench = await StationBench.open();
    const [parked] = await bench.attempts(2, ['parked']);
    if (!parked) throw new Error('no attempt');
    expect(parkOf(parked)).toEqual({ kind: 'park', code: 'action-threw', reason: 'busy' });
  });
});

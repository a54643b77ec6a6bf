// The figures are read out of what the metrics really say, not out of what this test thinks they say.
import { describe, expect, it } from '@jest/globals';
import { parseSamples } from '../../../../services/dev/prometheus-text.ts';
import { FleetFigures, quantileMs } from '../../../../services/dev/station-figures.ts';
import { Metrics } from '../../../../shared/runtime/metrics.ts';

const A_MINUTE_MS = 60_000;

async function scrapeOf(metrics: Metrics, process: string) {
  return { process, text: await metrics.render() };
}

describe('the figures of a station', () => {
  it('count what was taken, decided and repeated, over all processes', async () => {
    const [one, other] = [new Metrics(), new Metrics()];
    for (const metrics of [one, other]) {
      metrics.stepTaken('ship', 20);
      metrics.actionEnded('ship', 'run', 'completed', 3);
    }
    one.stepTaken('ship', 20);
    one.actionEnded('ship', 'run', 'retry', 3);
    one.retried('ship', 'action-threw');
    one.stepTaken('capture-payment', 20);
    one.actionEnded('capture-payment', 'run', 'failed', 3);
    one.startHandled('order-payment', 'started');
    one.startHandled('order-payment', 'duplicate');
    const figures = new FleetFigures();
    figures.take([await scrapeOf(one, 'one'), await scrapeOf(other, 'other')]);

    expect(figures.started).toBe(1);
    expect(figures.station('ship', A_MINUTE_MS)).toMatchObject({ taken: 3, decided: 2, retries: 1 });
    expect(figures.station('capture-payment', A_MINUTE_MS)).toMatchObject({ taken: 1, decided: 1, retries: 0 });
    expect(figures.station('review-fraud', A_MINUTE_MS)).toMatchObject({ taken: 0, latencyP50Ms: undefined });
  });

  it('do not fall when a process dies and another one begins at zero', async () => {
    const [dead, next] = [new Metrics(), new Metrics()];
    for (let taken = 0; taken < 5; taken++) dead.stepTaken('ship', 1);
    const figures = new FleetFigures();
    figures.take([await scrapeOf(dead, 'ship/1')]);
    next.stepTaken('ship', 1);
    figures.take([await scrapeOf(next, 'ship/2')]);
    figures.take([await scrapeOf(next, 'ship/2')]);

    expect(figures.station('ship', A_MINUTE_MS).taken).toBe(6);
  });

  it('estimate latencies, and none that is longer than the line has run', async () => {
    const metrics = new Metrics();
    for (let taken = 0; taken < 99; taken++) metrics.stepTaken('ship', 4);
    metrics.stepTaken('ship', 3_000);
    const figures = new FleetFigures();
    figures.take([await scrapeOf(metrics, 'one')]);

    const { latencyP50Ms, latencyP99Ms } = figures.station('ship', A_MINUTE_MS);
    expect(latencyP50Ms).toBeGreaterThan(2.5);
    expect(latencyP50Ms).toBeLessThanOrEqual(5);
    expect(latencyP99Ms).toBeLessThanOrEqual(5);
    metrics.stepTaken('ship', 3_000);
    figures.take([await scrapeOf(metrics, 'one')]);
    expect(figures.station('ship', A_MINUTE_MS).latencyP99Ms).toBeGreaterThan(1_000);
    expect(figures.station('ship', 500).latencyP99Ms).toBe(500);
  });
});

describe('a quantile of a histogram', () => {
  it('is linear within its bucket', () => {
    const buckets = [
      [0.1, 0],
      [0.2, 100],
      [Number.POSITIVE_INFINITY, 100],
    ] as const;
    expect(quantileMs(buckets, 0.5)).toBeCloseTo(150);
    expect(quantileMs(buckets, 1)).toBeCloseTo(200);
  });

  it('is the last bound for what lies beyond it, and nothing where nothing was measured', () => {
    expect(
      quantileMs(
        [
          [0.1, 0],
          [Number.POSITIVE_INFINITY, 10],
        ],
        0.5,
      ),
    ).toBe(100);
    expect(quantileMs([[0.1, 0]], 0.5)).toBeUndefined();
    expect(quantileMs([], 0.5)).toBeUndefined();
  });
});

describe('the reader of Prometheus’ text format', () => {
  it('reads labels, also quoted ones, and passes over what is not wanted', () => {
    const text = [
      '# HELP wanted x',
      'wanted{a="1",b="x, \\"y\\" {z}"} 2',
      'wanted 3e1',
      'other 4',
      'wanted_sum 5',
    ].join('\n');
    expect(parseSamples(text, new Set(['wanted']))).toEqual([
      { name: 'wanted', labels: { a: '1', b: 'x, \\"y\\" {z}' }, value: 2 },
      { name: 'wanted', labels: {}, value: 30 },
    ]);
  });
});

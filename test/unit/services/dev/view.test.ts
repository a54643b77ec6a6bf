import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { PlainView, plainLine } from '../../../../services/dev/plain-view.ts';
import { Rate } from '../../../../services/dev/rate.ts';
import { frame } from '../../../../services/dev/terminal-view.ts';
import { describeElapsed, type Picture } from '../../../../services/dev/view.ts';

const picture: Picture = {
  elapsedMs: 12_300,
  wanted: 3_000,
  started: 2_500,
  ended: 1_490,
  endedBy: new Map([
    ['delivered', 1_400],
    ['declined', 90],
  ]),
  parked: 10,
  ratePerSecond: 321.4,
  stations: [
    { action: 'ship', taken: 1_600, decided: 1_500, retries: 7, latencyP50Ms: 12, latencyP99Ms: 340, depth: 25 },
    {
      action: 'pay',
      taken: 0,
      decided: 0,
      retries: 0,
      latencyP50Ms: undefined,
      latencyP99Ms: undefined,
      depth: undefined,
    },
  ],
};

/** Without what colours a terminal. */
const bare = stripVTControlCharacters;

describe('the view for files', () => {
  it('says in one line how far the orders are', () => {
    expect(plainLine(picture)).toBe(
      ' 12 s · started 2,500 of 3,000 · ended 1,490 (delivered 1,400, declined 90) · parked 10 · 321/s · retries 7 · hand-off p99 340 ms · queued ship 25',
    );
  });

  it('writes one line for each picture and each note, and no escape sequences', () => {
    let written = '';
    const view = new PlainView({ write: (text) => (written += text) });
    view.show(picture);
    view.note('worker ship was killed');
    view.end();
    expect(written.split('\n')).toHaveLength(3);
    expect(written).toBe(bare(written));
  });
});

describe('the view for terminals', () => {
  it('has a row for every station, a bar and the totals', () => {
    const lines = bare(frame(picture)).split('\n');
    const row = (action: string): string[] | undefined =>
      lines
        .find((line) => line.includes(` ${action} `))
        ?.split('│')
        .map((cell) => cell.trim());

    expect(row('ship')).toEqual(['', 'ship', '1,600', '1,500', '25', '7', '12 ms', '340 ms', '']);
    expect(row('pay')).toEqual(['', 'pay', '0', '0', '?', '0', '', '', '']);
    expect(lines.at(-2)).toMatch(/^█{20}░{20} 50 % {2}1,500 of 3,000 orders, 2,500 started$/);
    expect(lines.at(-1)).toBe('12 s · 321 orders/s · delivered 1,400, declined 90 · parked 10');
  });

  it('fits on an ordinary terminal', () => {
    for (const line of bare(frame(picture)).split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe('figures over time', () => {
  it('are a rate over the last seconds', () => {
    const rate = new Rate();
    expect(rate.take(0, 0)).toBe(0);
    expect(rate.take(1_000, 100)).toBe(100);
    expect(rate.take(2_000, 300)).toBe(150);
    // What happened more than three seconds ago counts no more.
    expect(rate.take(60_000, 300)).toBe(0);
  });

  it('are read as seconds, then as minutes', () => {
    expect([describeElapsed(0), describeElapsed(99_999), describeElapsed(125_000)]).toEqual([
      '0 s',
      '99 s',
      '2 min 05 s',
    ]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from '../../../shared/testing/seeded-random.ts';

const draw = (random: SeededRandom, count = 5): number[] => Array.from({ length: count }, () => random.next());

describe('seeded random', () => {
  it('repeats itself for a seed, and differs for another', () => {
    expect(draw(new SeededRandom(7))).toEqual(draw(new SeededRandom(7)));
    expect(draw(new SeededRandom(7))).not.toEqual(draw(new SeededRandom(8)));
  });

  it('spreads evenly over 0 to 1', () => {
    const random = new SeededRandom('spread');
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const number of draw(random, 20_000)) {
      const tenth = Math.floor(number * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(200);
  });

  it('forks by label alone: what else was drawn changes nothing', () => {
    const fresh = new SeededRandom(1);
    const used = new SeededRandom(1);
    draw(used, 100);
    used.fork('other');
    expect(draw(used.fork('worker-1'))).toEqual(draw(fresh.fork('worker-1')));
    expect(draw(fresh.fork('worker-1'))).not.toEqual(draw(fresh.fork('worker-2')));
  });

  it('makes ids of the promised form', () => {
    const random = new SeededRandom(3);
    const ids = new Set(Array.from({ length: 1_000 }, () => random.id()));
    expect(ids.size).toBe(1_000);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9]{16}$/);
  });
});

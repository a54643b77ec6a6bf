import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Group, type GroupOptions } from '../../../shared/runtime/grouping.ts';
import { settle } from '../../../shared/testing/virtual-clock.ts';

interface Batch {
  readonly items: readonly number[];
  /** Each item's result is its text. */
  arrive(results?: readonly string[]): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** A group whose batches stay on their way until the test lets them arrive. */
function group(options: Partial<Omit<GroupOptions<number, string>, 'send'>> = {}) {
  const batches: Batch[] = [];
  const results: string[] = [];
  const send = (items: readonly number[]): Promise<readonly string[]> =>
    new Promise((resolve, reject) => {
      batches.push({
        items,
        arrive: (answers = items.map(String)) => {
          resolve(answers);
          return settle();
        },
        fail: (error) => {
          reject(error);
          return settle();
        },
      });
    });
  const made = new Group<number, string>({ maxBatch: 100, ...options, send });
  const add = (...items: readonly number[]): Promise<void> => {
    for (const item of items) {
      made.add(item).then(
        (result) => results.push(`${item}: ${result}`),
        (error: Error) => results.push(`${item}: ${error.message}`),
      );
    }
    return settle();
  };
  const sent = (): (readonly number[])[] => batches.map(({ items }) => items);
  const batch = (index: number): Batch => {
    const found = batches[index];
    if (!found) throw new Error(`no batch ${index}`);
    return found;
  };
  return { add, sent, batch, results };
}

describe('grouped writes', () => {
  it('a lone write leaves at once, within the turn in which it came', async () => {
    const sent: number[] = [];
    const lone = new Group<number, number>({
      maxBatch: 10,
      send: async (items) => {
        sent.push(...items);
        return items;
      },
    });
    const added = lone.add(1);
    expect(sent).toEqual([]);
    await Promise.resolve();
    expect(sent).toEqual([1]);
    expect(await added).toBe(1);
  });

  it('what comes in one turn leaves together', async () => {
    const { add, sent } = group();
    await add(1, 2, 3);
    expect(sent()).toEqual([[1, 2, 3]]);
  });

  it('while one batch is on its way, the next one gathers', async () => {
    const { add, sent, batch } = group();
    await add(1);
    await add(2);
    await add(3, 4);
    expect(sent()).toEqual([[1]]);
    await batch(0).arrive();
    expect(sent()).toEqual([[1], [2, 3, 4]]);
  });

  it('no batch is larger than the limit; the rest follows, in order', async () => {
    const { add, sent, batch } = group({ maxBatch: 2 });
    await add(1, 2, 3);
    expect(sent()).toEqual([[1, 2]]);
    await batch(0).arrive();
    expect(sent()).toEqual([[1, 2], [3]]);
  });

  it('tells the size of each batch that leaves', async () => {
    const sizes: number[] = [];
    const { add, batch } = group({ maxBatch: 2, onBatch: (size) => sizes.push(size) });
    await add(1, 2, 3);
    await batch(0).arrive();
    expect(sizes).toEqual([2, 1]);
  });

  it('each item gets its own result', async () => {
    const { add, batch, results } = group({ maxBatch: 2 });
    await add(1, 2, 3);
    await batch(0).arrive(['a', 'b']);
    await batch(1).arrive(['c']);
    expect(results).toEqual(['1: a', '2: b', '3: c']);
  });

  it('a batch that is rejected rejects its items, and no others; the next one leaves', async () => {
    const { add, batch, results, sent } = group();
    await add(1, 2);
    await add(3);
    await batch(0).fail(new Error('lost'));
    expect(results).toEqual(['1: lost', '2: lost']);
    expect(sent()).toEqual([[1, 2], [3]]);
    await batch(1).arrive();
    expect(results[2]).toBe('3: 3');
  });

  it('rejects its items when what it sends through throws, too', async () => {
    const refusing = new Group<number, number>({
      maxBatch: 1,
      send: () => {
        throw new Error('not allowed');
      },
    });
    await expect(Promise.all([refusing.add(1), refusing.add(2)])).rejects.toThrow('not allowed');
    await expect(refusing.add(3)).rejects.toThrow('not allowed');
  });

  it('gives nobody the result of another: a wrong number of results rejects the batch', async () => {
    const { add, batch, results } = group();
    await add(1, 2);
    await batch(0).arrive(['a']);
    expect(results).toEqual(['1: 2 items, 1 results', '2: 2 items, 1 results']);
  });

  it('loses, repeats and swaps nothing, whatever comes and arrives when', async () => {
    const options = fc.record({ maxBatch: fc.integer({ min: 1, max: 4 }) });
    await fc.assert(
      fc.asyncProperty(options, fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 25 }), async (limits, moves) => {
        const { add, sent, batch, results } = group(limits);
        const arrived = new Set<number>();
        let added = 0;
        const arrive = async (which: number): Promise<void> => {
          const open = sent().flatMap((_, index) => (arrived.has(index) ? [] : [index]));
          const index = open[which % Math.max(1, open.length)];
          if (index === undefined) return;
          arrived.add(index);
          await batch(index).arrive();
        };
        for (const move of moves) {
          if (move <= 0) await arrive(-move);
          else await add(...Array.from({ length: move }, () => added++));
          expect(sent().length - arrived.size).toBeLessThanOrEqual(1);
        }
        while (arrived.size < sent().length) await arrive(0);
        expect(sent().flat()).toEqual(Array.from({ length: added }, (_, item) => item));
        expect(Math.max(0, ...sent().map(({ length }) => length))).toBeLessThanOrEqual(limits.maxBatch);
        expect(results.toSorted()).toEqual(Array.from({ length: added }, (_, item) => `${item}: ${item}`).toSorted());
      }),
      { numRuns: 50 },
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { contradictionIn, parseOrders, parseSeed, parseWorkers } from '../../../../services/dev/options.ts';

const ACTIONS = ['ship', 'capture-payment'];

describe('the options of npm start', () => {
  it('take a number of orders', () => {
    expect(parseOrders('3000')).toBe(3_000);
    for (const text of ['0', '-1', '1.5', 'many', '', '100001'])
      expect(() => parseOrders(text)).toThrow('whole number');
  });

  it('take a seed that order ids can begin with', () => {
    expect(parseSeed('Monday-1')).toBe('Monday-1');
    for (const text of ['', 'a b', 'ä', 'x'.repeat(41)]) expect(() => parseSeed(text)).toThrow('letters');
  });

  it('take a number of workers for several actions', () => {
    const workers = parseWorkers('capture-payment=2', parseWorkers('ship=3', new Map(), ACTIONS), ACTIONS);
    expect([...workers]).toEqual([
      ['ship', 3],
      ['capture-payment', 2],
    ]);
    for (const text of ['ship', 'ship=', 'ship=0', 'ship=21', 'ship=x', '=3']) {
      expect(() => parseWorkers(text, new Map(), ACTIONS)).toThrow('ACTION=N');
    }
    expect(() => parseWorkers('shop=2', new Map(), ACTIONS)).toThrow('ship, capture-payment');
  });

  it('refuse what only a real line can do', () => {
    const options = { orders: 1, seed: 's', workers: new Map<string, number>() };
    expect(contradictionIn(options)).toBeUndefined();
    expect(contradictionIn({ ...options, kill: true })).toContain('--kill needs --real');
    expect(contradictionIn({ ...options, workers: new Map([['ship', 2]]) })).toContain('--workers needs --real');
    expect(contradictionIn({ ...options, real: true, kill: true, workers: new Map([['ship', 2]]) })).toBeUndefined();
  });
});

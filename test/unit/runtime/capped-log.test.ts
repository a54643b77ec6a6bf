import { describe, expect, it } from '@jest/globals';
import { type CapOptions, CappedLog } from '../../../shared/runtime/capped-log.ts';
import { silentLog } from '../../../shared/runtime/log.ts';

function setup(options?: CapOptions) {
  const lines: string[] = [];
  const log = new CappedLog(
    { ...silentLog, warn: (details, message) => lines.push(`${message} ${JSON.stringify(details)}`) },
    options,
  );
  return { lines, warn: (key: string) => log.warn(key, { key }, 'again') };
}

describe('a capped log', () => {
  it('writes three lines about a key and says that the third is the last', () => {
    const { lines, warn } = setup();
    for (let time = 0; time < 1_000; time += 1) warn('poison');
    expect(lines).toEqual([
      'again {"key":"poison"}',
      'again {"key":"poison"}',
      'again {"key":"poison","lastLineAboutIt":true}',
    ]);
  });

  it('counts each key for itself', () => {
    const { lines, warn } = setup({ linesPerKey: 1 });
    for (const key of ['a', 'b', 'a', 'c', 'b']) warn(key);
    expect(lines.map((line) => /"key":"(\w+)"/.exec(line)?.[1])).toEqual(['a', 'b', 'c']);
  });

  it('forgets the key that was quiet longest, so that it stays small; one that goes on stays silent', () => {
    const { lines, warn } = setup({ linesPerKey: 1, keys: 2 });
    for (const key of ['loud', 'a', 'loud', 'b', 'loud', 'c', 'loud', 'a']) warn(key);
    expect(lines.map((line) => /"key":"(\w+)"/.exec(line)?.[1])).toEqual(['loud', 'a', 'b', 'c', 'a']);
  });
});

import { describe, expect, it } from '@jest/globals';
import { withDatabase } from '../../../shared/wiring/traces.ts';

describe('a MongoDB URL with another database', () => {
  it.each([
    ['mongodb://localhost', 'mongodb://localhost/mine'],
    ['mongodb://localhost/', 'mongodb://localhost/mine'],
    ['mongodb://localhost:27017/theirs', 'mongodb://localhost:27017/mine'],
    ['mongodb://a:1,b:2/theirs?replicaSet=rs', 'mongodb://a:1,b:2/mine?replicaSet=rs'],
  ])('%s becomes %s', (url, expected) => {
    expect(withDatabase(url, 'mine')).toBe(expected);
  });

  it('still authenticates where it did', () => {
    expect(withDatabase('mongodb://u:p@localhost/theirs', 'mine')).toBe(
      'mongodb://u:p@localhost/mine?authSource=theirs',
    );
    expect(withDatabase('mongodb+srv://u:p@cluster.example', 'mine')).toBe(
      'mongodb+srv://u:p@cluster.example/mine?authSource=admin',
    );
    expect(withDatabase('mongodb://u:p@localhost/theirs?authSource=x', 'mine')).toBe(
      'mongodb://u:p@localhost/mine?authSource=x',
    );
  });

  it('refuses what is no such URL, without repeating it', () => {
    expect(() => withDatabase('postgres://u:secret@localhost/db', 'mine')).toThrow(
      /^MONGODB_URL is not a MongoDB URL$/,
    );
  });
});

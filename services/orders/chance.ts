import { createHash } from 'node:crypto';

/**
 * Chance that depends on its parts alone: the same parts give the same numbers from 0 (inclusive) to 1 (exclusive), in
 * whatever order and in whichever process they are asked for. Not for secrets.
 */
export function chance(...parts: readonly (string | number)[]): () => number {
  const hash = createHash('sha256').update(parts.join('\n')).digest();
  // The generator mulberry32.
  let state = hash.readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

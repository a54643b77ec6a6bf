import type { Random } from '../core/clock.ts';

const ID_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 16;
const WARM_UP_ROUNDS = 12;

/** FNV-1a with a final mix: spreads labels and seeds over 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** Chance that repeats itself: the same seed gives the same numbers (the generator sfc32). Not for secrets. */
export class SeededRandom implements Random {
  readonly seed: string;
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number | string) {
    this.seed = String(seed);
    this.a = hash(`${this.seed}/a`);
    this.b = hash(`${this.seed}/b`);
    this.c = hash(`${this.seed}/c`);
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.next();
  }

  next(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  id(): string {
    let id = '';
    while (id.length < ID_LENGTH) id += ID_ALPHABET.charAt(this.below(ID_ALPHABET.length));
    return id;
  }

  /** A whole number from 0 (inclusive) to `limit` (exclusive). */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /**
   * A generator of its own, fixed by this one's seed and the label alone: whatever else is drawn or forked, in whatever
   * order, leaves its numbers as they are. A label used twice gives the same numbers twice.
   */
  fork(label: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${label}`);
  }
}

import type { SeededRandom } from '../../shared/testing/seeded-random.ts';

/** How an action behaves this time: weights out of 100. */
export const BEHAVIOURS = {
  completes: 62,
  'completes slowly': 12,
  fails: 4,
  retries: 5,
  'retries later': 2,
  throws: 5,
  'throws after its effect': 4,
  hangs: 3,
  'ignores its signal': 1,
  'breaks its contract': 2,
} as const;
export type Behaviour = keyof typeof BEHAVIOURS;

/** What an action that asks for something does after it has asked. */
export const WAITS = {
  'does not wait': 10,
  'waits to be told': 25,
  'waits to be told for a while': 20,
  'waits to be told, and polls': 15,
  polls: 20,
  'waits for a time': 10,
} as const;
export type Wait = keyof typeof WAITS;

/** What a poll says. */
export const ANSWERS = { 'not yet': 50, done: 32, refused: 4, throws: 6, nonsense: 5, hangs: 3 } as const;

/** How an undoing goes. */
export const UNDOINGS = {
  undoes: 74,
  'undoes slowly': 9,
  retries: 6,
  throws: 5,
  'throws after it has undone': 4,
  hangs: 2,
} as const;

/** One of the names, each with its weight out of 100. */
export function drawn<Name extends string>(random: SeededRandom, weights: Readonly<Record<Name, number>>): Name {
  let ticket = random.below(100);
  const names = Object.keys(weights) as Name[]; // its own keys
  for (const name of names) {
    ticket -= weights[name];
    if (ticket < 0) return name;
  }
  throw new RangeError('the weights are not 100 in all');
}

import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { canonicalJson, definitionHash } from '../../../shared/core/definition-hash.ts';
import { definitionWith } from '../../support/definitions.ts';

const definition = definitionWith({
  placed: [
    { when: 'true', action: 'a', to: 'done' },
    { action: 'b', to: 'done' },
  ],
  done: { end: 'succeeded' },
});

/** The same value with the keys of its objects the other way round. */
const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, child]) => [key, reversed(child)]),
  );
};

describe('definitionHash', () => {
  it('is SHA-256 in hex, and stays what it was when this test was written', () => {
    expect(definitionHash(definition)).toBe('a5114249d83ddb6b18a3e6f5037e6f7e23426a727f2535b375130c08b15932bd');
  });

  it('does not depend on the order of keys', () => {
    // Only the order changed, so it still is a definition.
    expect(definitionHash(reversed(definition) as typeof definition)).toBe(definitionHash(definition));
  });

  it('depends on everything else, the order of choices included', () => {
    const { placed, done } = definition.states;
    const variants = [
      { ...definition, version: 2 },
      { ...definition, announce: 'steps' as const },
      { ...definition, states: { ...definition.states, done: { end: 'failed' as const } } },
      definitionWith({
        placed: placed && 'choices' in placed ? placed.choices.toReversed() : [],
        ...(done && { done }),
      }),
    ];
    expect(new Set([definition, ...variants].map(definitionHash)).size).toBe(5);
  });
});

describe('canonicalJson', () => {
  it('is JSON with the same meaning, whatever the value and the order of its keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(canonicalJson(plain))).toEqual(plain);
        expect(canonicalJson(reversed(plain))).toBe(canonicalJson(plain));
      }),
    );
  });
});

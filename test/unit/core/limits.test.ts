import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DEFAULT_LADDER } from '../../../shared/contract/delay-ladder.ts';
import { cutText, LIMITS } from '../../../shared/core/limits.ts';

const bytesOf = (text: string): number => Buffer.byteLength(text);

describe('a text that is cut', () => {
  it('stays as it is up to the limit', () => {
    const text = 'ä'.repeat(LIMITS.textBytes / 2);
    expect(cutText(text)).toBe(text);
    expect(cutText(`${text}.`)).not.toContain('.');
  });

  it('ends in an ellipsis and fills the limit', () => {
    expect(cutText('x'.repeat(LIMITS.textBytes + 1))).toBe(`${'x'.repeat(LIMITS.textBytes - 3)}…`);
  });

  it.each(['ä', 'あ', '🙂'])('is cut between characters, wherever the border falls: %s', (character) => {
    for (let shift = 0; shift < 4; shift += 1) {
      const text = 'x'.repeat(shift) + character.repeat(300);
      const cut = cutText(text);
      expect(text.startsWith(cut.slice(0, -1))).toBe(true);
      expect(bytesOf(cut)).toBeLessThanOrEqual(LIMITS.textBytes);
      expect(bytesOf(cut)).toBeGreaterThan(LIMITS.textBytes - bytesOf(character));
    }
  });

  it('fits, and is not cut again', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 600, unit: 'binary' }), (text) => {
        const cut = cutText(text);
        expect(bytesOf(cut)).toBeLessThanOrEqual(LIMITS.textBytes);
        expect(cutText(cut)).toBe(cut);
      }),
    );
  });
});

describe('the limits agree with each other', () => {
  it('an action ends, its grace included, well before the broker takes its message back', () => {
    expect(LIMITS.timeoutMs + LIMITS.abortGraceMs).toBeLessThan(25 * 60_000);
  });

  it('the longest backoff fits on the delay ladder', () => {
    expect(LIMITS.backoffMs).toBeLessThan(DEFAULT_LADDER.unitMs * (2 ** DEFAULT_LADDER.rungs - 1));
  });

  it('attempts that spend no budget have numbers left when the budget is spent', () => {
    expect(LIMITS.attempts).toBeGreaterThanOrEqual(9 * LIMITS.maxAttempts);
    expect(String(LIMITS.attempts)).toHaveLength(5);
    expect(String(LIMITS.versions)).toHaveLength(5);
    expect(String(LIMITS.steps).length).toBeLessThanOrEqual(5);
  });

  it('the largest data that an action may leave fits into its envelope and its start event', () => {
    expect(LIMITS.inlineDataBytes).toBeLessThanOrEqual(LIMITS.dataBytes);
    expect(LIMITS.dataBytes).toBeLessThan(LIMITS.envelopeBytes);
    expect(LIMITS.dataBytes).toBeLessThan(LIMITS.eventBytes);
  });
});

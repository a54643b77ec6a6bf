import { describe, expect, it } from '@jest/globals';
import { printable, printableText, screenJson, screenText } from '../../../shared/runtime/printable.ts';

const HOSTILE = 'a\u001b[2J\u0007b\nc\u009b\u202ed\ud800';
const SHOWN = 'a\\u001b[2J\\u0007b\\nc\\u009b\\u202ed\\ud800';

describe('what comes from outside', () => {
  it('is shown with its control characters as escapes, on one line', () => {
    expect(printableText(HOSTILE)).toBe(SHOWN);
  });

  it.each(['order 4711', 'Größe · 尺寸', '👩‍👩‍👧', 'a\\b'])('is shown as it is when it is harmless: %s', (text) => {
    expect(printableText(text)).toBe(text);
  });

  it('is shown so at any depth, in keys, too, and times stay times', () => {
    const at = new Date(0);
    expect(printable({ [HOSTILE]: [{ deep: HOSTILE }], at, count: 1, none: null })).toEqual({
      [SHOWN]: [{ deep: SHOWN }],
      at,
      count: 1,
      none: null,
    });
  });

  it('leaves a text for people its lines and colours, and nothing else', () => {
    expect(screenText('\u001b[32mgood\u001b[39m\nnext\u001b[2J\u001b]0;title\u0007')).toBe(
      '\u001b[32mgood\u001b[39m\nnext\\u001b[2J\\u001b]0;title\\u0007',
    );
  });

  it('stays the same JSON for programs', () => {
    const text = screenJson({ key: HOSTILE });
    expect(JSON.parse(text)).toEqual({ key: HOSTILE });
    expect(printableText(text.replaceAll('\n', ''))).toBe(text.replaceAll('\n', ''));
  });
});

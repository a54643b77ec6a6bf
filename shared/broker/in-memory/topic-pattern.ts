/** The words of a routing key or a binding pattern; the empty key has none. */
export const topicWords = (text: string): readonly string[] => (text === '' ? [] : text.split('.'));

/**
 * Whether a binding pattern takes a routing key: `*` stands for exactly one word, `#` for any number of words, none
 * included. Backtracks to the last `#` only, so the work is bounded by the product of the two lengths.
 */
export function matchesTopic(pattern: readonly string[], words: readonly string[]): boolean {
  let patternIndex = 0;
  let wordIndex = 0;
  let hashIndex = -1;
  let wordIndexAfterHash = 0;
  while (wordIndex < words.length) {
    const part = pattern[patternIndex];
    if (part === '#') {
      hashIndex = patternIndex++;
      wordIndexAfterHash = wordIndex;
    } else if (part === '*' || (part !== undefined && part === words[wordIndex])) {
      patternIndex++;
      wordIndex++;
    } else if (hashIndex >= 0) {
      // Let the last `#` swallow one word more, and try again from behind it.
      patternIndex = hashIndex + 1;
      wordIndex = ++wordIndexAfterHash;
    } else {
      return false;
    }
  }
  while (pattern[patternIndex] === '#') patternIndex++;
  return patternIndex === pattern.length;
}

import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 5;

/**
 * Waits, in real time, for a fact: looks until the condition holds.
 * @throws Error, with what `describe` says, when it does not hold within `limitMs`
 */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  limitMs = 10_000,
  describe: () => string = () => String(condition),
): Promise<void> {
  const endsAt = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > endsAt) throw new Error(`Not within ${limitMs} ms: ${describe()}`);
    await sleep(LOOK_EVERY_MS);
  }
}

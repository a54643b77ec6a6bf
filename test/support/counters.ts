/** What a counter stands at on a page of metrics, its labels added up; 0 when it is not there. */
export function counterOn(page: string, counter: string): number {
  const values = page.matchAll(new RegExp(`^${counter}(?:\\{.*\\})? (\\d+)$`, 'gm'));
  return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
}

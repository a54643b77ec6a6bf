/** The seed of a fault test, by SEED, and the command that runs it again: it stands in the test's name, and so in each failure. */
export function seeded(file: string, usual: number): { readonly seed: number; readonly again: string } {
  const seed = Number(process.env['SEED'] ?? usual);
  return { seed, again: `SEED=${seed} npm run chaos:faults -- ${file}` };
}

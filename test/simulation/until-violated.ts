// Runs seeds until one breaks a guarantee, and prints which and how; nothing when none does.
import { simulate } from './simulation.ts';

const seeds = Number(process.argv[2]);
for (let seed = 1; seed <= seeds; seed += 1) {
  const [violation] = (await simulate(seed)).violations;
  if (violation === undefined) continue;
  console.log(`seed ${seed}: ${violation}`);
  break;
}

import type { Fault } from './plan.ts';
import { type Outcome, simulate } from './simulation.ts';

export interface Seeds {
  readonly from: number;
  readonly seeds: number;
  /** Only these faults instead of each seed's own mix. */
  readonly faults?: readonly Fault[];
  /** Whether to print what happened, line by line. */
  readonly history?: boolean;
}

/** Runs seeds one after the other and prints what came of them. @returns whether all guarantees held */
export async function runSeeds({ from, seeds, faults, history = false }: Seeds): Promise<boolean> {
  const totals = { started: 0, succeeded: 0, failed: 0, cancelled: 0, parked: 0, waiting: 0, running: 0 };
  let slowestMs = 0;
  let failures = 0;
  for (let seed = from; seed < from + seeds; seed += 1) {
    const outcome = await simulate(seed, faults ? { faults } : {});
    if (history) console.log(outcome.history.join('\n'));
    if (outcome.violations.length > 0) report(outcome, faults);
    failures += outcome.violations.length > 0 ? 1 : 0;
    slowestMs = Math.max(slowestMs, outcome.healedMs);
    for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += outcome.totals[key]; // its own keys
    if ((seed - from + 1) % 500 === 0) console.log(`${seed - from + 1} of ${seeds} seeds, ${failures} failed`);
  }
  const { started, succeeded, failed, cancelled, parked, waiting } = totals;
  console.log(
    `${seeds} seeds, ${failures} failed; ${started} workflows: ${succeeded} succeeded, ${failed} failed, ${cancelled} cancelled, ${parked} parked, ${waiting} waiting`,
  );
  console.log(`longest until the line came to rest after the faults: ${slowestMs / 1_000} s (virtual)`);
  return failures === 0;
}

function report({ seed, faults, violations }: Outcome, only: readonly Fault[] | undefined): void {
  console.log(`seed ${seed} (${faults.join(', ') || 'no faults'}): ${violations.length} violations`);
  for (const violation of violations.slice(0, 10)) console.log(`  ${violation}`);
  const chosen = only ? ` --faults ${only.join(',') || 'none'}` : '';
  console.log(`  repeat: npm run simulate -- --from ${seed} --seeds 1${chosen} --history`);
}

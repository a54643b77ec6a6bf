import type { StepView } from '../journal/journal.ts';
import type { Attempt, Snapshot } from '../journal/records.ts';
import { untilKnown } from './right-to-act.ts';
import type { StationContext } from './station-context.ts';
import { findAttempt, readStep, type Tally, tally } from './step-view.ts';

/** What was found instead of a free step: the rows of the journal's table that are not "perform". */
export type Disposition =
  /** journal.md A5: the step is decided. */
  | { readonly kind: 'decided'; readonly snapshot: Snapshot; readonly moved: boolean }
  /** journal.md A6: others have gone on from it; this is the step's last attempt, and the failures before that. */
  | { readonly kind: 'overtaken'; readonly by: number; readonly failures: number }
  /** journal.md A6: the attempt is settled, and nobody has gone on from it. */
  | { readonly kind: 'settled'; readonly attempt: Attempt; readonly tally: Tally }
  /** journal.md A7: performed, and something asynchronous decides the step. */
  | { readonly kind: 'waiting'; readonly attempt: Attempt }
  /** journal.md A8: given up on. */
  | { readonly kind: 'parked'; readonly attempt: Attempt }
  /** journal.md A9: its holder lives. */
  | { readonly kind: 'held'; readonly ageMs: number }
  /** journal.md A10: its holder is dead, and nothing is known of what it did. */
  | { readonly kind: 'lost'; readonly attempt: Attempt; readonly tally: Tally };

/**
 * What became of an attempt that exists. Positive facts may be read in any order and count at once; before "nothing is known of
 * it" counts, the holder's heartbeat is read, and only then the step again: in the other order a holder that records its
 * result and dies between the two reads would be performed over.
 */
export async function inspect(
  context: StationContext,
  envelope: Pick<Attempt, 'workflowId' | 'step' | 'attempt'>,
): Promise<Disposition> {
  await context.pause('inspecting', envelope);
  const first = await readStep(context, envelope);
  const known = recognise(first, envelope.attempt);
  if (known) return known;
  const attempt = findAttempt(first, envelope.attempt);
  // Inserted, but not yet on a majority: whose it is cannot be said, so it comes back like one that is held.
  if (!attempt) return { kind: 'held', ageMs: 0 };
  const holder = await untilKnown(
    () => context.line.journal.judgeHolder(attempt.worker, context.livenessTimeoutMs),
    context.right,
  );
  await context.pause('holder-judged', envelope);
  const view = await readStep(context, envelope);
  const settled = recognise(view, envelope.attempt);
  if (settled) return settled;
  if (holder.kind === 'alive') return { kind: 'held', ageMs: holder.ageMs };
  return { kind: 'lost', attempt, tally: tally(view, envelope.attempt) };
}

/** journal.md A5 to A8, in this order: the facts that never go away. That there is a later attempt says that this one is done with. */
function recognise(view: StepView, number: number): Disposition | undefined {
  if (view.snapshot) return { kind: 'decided', snapshot: view.snapshot, moved: view.moved };
  const last = view.attempts.at(-1);
  if (last && last.attempt > number) {
    return { kind: 'overtaken', by: last.attempt, failures: tally(view, last.attempt - 1).failures };
  }
  const attempt = findAttempt(view, number);
  if (attempt?.fate === undefined) return undefined;
  if (attempt.fate === 'waiting') return { kind: 'waiting', attempt };
  if (attempt.fate === 'parked') return { kind: 'parked', attempt };
  return { kind: 'settled', attempt, tally: tally(view, number) };
}

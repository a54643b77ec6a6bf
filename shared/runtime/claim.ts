import type { Envelope } from '../contract/envelope.ts';
import { LIMITS } from '../core/limits.ts';
import type { WorkflowDefinition } from '../core/workflow-definition.ts';
import type { StepView } from '../journal/journal.ts';
import type { Attempt, Snapshot } from '../journal/records.ts';
import { newAttempt } from './attempts.ts';
import { untilKnown } from './right-to-act.ts';
import type { StationContext } from './station-context.ts';
import { findAttempt, type Tally, tally } from './step-view.ts';

/** One message on its way through a station: the envelope, and how its attempt is to be performed. */
export interface Turn {
  readonly envelope: Envelope;
  /** Null when the journal has lost it: then the workflow is parked. */
  readonly definition: WorkflowDefinition | null;
  /** With nothing else in the process, because attempts before it were lost with theirs. */
  readonly alone: boolean;
  /** How often the message came back because its holder lives. */
  readonly returns: number;
}

/** The step is this process's to perform. Only `claim` makes one, and only one of these can be performed. */
export interface Claimed {
  readonly kind: 'claimed';
  readonly envelope: Envelope;
  readonly attempt: Attempt;
}

/** What was found instead of a free step: the rows of the journal's table that are not "perform". */
export type Disposition =
  /** Row 5: the step is decided. */
  | { readonly kind: 'decided'; readonly snapshot: Snapshot; readonly moved: boolean }
  /** Row 6: others have gone on from it; this is the step's last attempt, and the failures before that. */
  | { readonly kind: 'overtaken'; readonly by: number; readonly failures: number }
  /** Row 6: the attempt is settled, and nobody has gone on from it. */
  | { readonly kind: 'settled'; readonly attempt: Attempt; readonly tally: Tally }
  /** Row 8: given up on. */
  | { readonly kind: 'parked'; readonly attempt: Attempt }
  /** Row 9: its holder lives. */
  | { readonly kind: 'held'; readonly ageMs: number }
  /** Row 10: its holder is dead, and nothing is known of what it did. */
  | { readonly kind: 'lost'; readonly attempt: Attempt; readonly tally: Tally };

/**
 * Claims the step: inserting the attempt is the claim. A duplicate means that somebody has it, or had it, and `inspect`
 * finds out what became of it.
 */
export async function claim(context: StationContext, turn: Turn): Promise<Claimed | Disposition> {
  const { envelope } = turn;
  const attempt: Attempt = { ...newAttempt(context, envelope), ...(turn.alone ? { alone: true } : {}) };
  await context.pause('claiming', envelope);
  const inserted = await untilKnown(() => context.line.writes.insertAttempt(attempt), context.right);
  if (inserted === 'duplicate') return inspect(context, envelope);
  context.held.set(attempt._id, attempt);
  await context.pause('claimed', envelope);
  if (envelope.attempt > 1) {
    // A late result of an earlier attempt may have decided the step between this message's sending and its claim.
    const snapshot = await readDecision(context, envelope);
    if (snapshot) {
      await context.settle(attempt, { fate: 'void' });
      context.held.delete(attempt._id);
      return inspect(context, envelope);
    }
  }
  return { kind: 'claimed', envelope, attempt };
}

/**
 * Whether the step has lost so many attempts that it is performed alone, whatever became of those after them. Only a late
 * attempt can stand behind so many losses: the others are spared the reading.
 */
export async function mustBeAlone(context: StationContext, envelope: Envelope): Promise<boolean> {
  const before = envelope.attempt - 1;
  if (before < LIMITS.lossesBeforeAlone) return false;
  return tally(await readStep(context, envelope), before).losses >= LIMITS.lossesBeforeAlone;
}

/**
 * What became of an attempt that exists. Positive facts may be read in any order and count at once; before "nothing is known of
 * it" counts, the holder's heartbeat is read, and only then the step again: in the other order a holder that records its
 * result and dies between the two reads would be performed over.
 */
export async function inspect(context: StationContext, envelope: Envelope): Promise<Disposition> {
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

/** Rows 5, 6 and 8, in this order: the facts that never go away. That there is a later attempt says that this one is done with. */
function recognise(view: StepView, number: number): Disposition | undefined {
  if (view.snapshot) return { kind: 'decided', snapshot: view.snapshot, moved: view.moved };
  const last = view.attempts.at(-1);
  if (last && last.attempt > number) {
    return { kind: 'overtaken', by: last.attempt, failures: tally(view, last.attempt - 1).failures };
  }
  const attempt = findAttempt(view, number);
  if (attempt?.fate === undefined) return undefined;
  if (attempt.fate === 'parked') return { kind: 'parked', attempt };
  return { kind: 'settled', attempt, tally: tally(view, number) };
}

const readStep = (context: StationContext, { workflowId, step }: Envelope): Promise<StepView> =>
  untilKnown(() => context.line.journal.readStep(workflowId, step), context.right);

const readDecision = (context: StationContext, { workflowId, step }: Envelope): Promise<Snapshot | null> =>
  untilKnown(() => context.line.journal.readSnapshot(workflowId, step), context.right);

import { unreachable } from '../core/unreachable.ts';
import type { Attempt, AttemptKind, Fate, Snapshot, WorkflowHistory } from '../journal/records.ts';
import { printable } from './printable.ts';
import { standingOf, statusOf } from './standing.ts';

/** One attempt in the history of a workflow, as people want to see it. */
export interface TimelineEntry {
  readonly step: number;
  readonly action: string;
  readonly attempt: number;
  /** Whether it performs or undoes, or only stands for what an operator or a cancellation decided. */
  readonly kind: AttemptKind;
  readonly worker: string;
  readonly at: Date;
  /** Milliseconds from the workflow's start to this attempt. */
  readonly sinceStartMs: number;
  /** How long it took, milliseconds: the action's work when it decided the step, else until it was settled. */
  readonly tookMs: number | undefined;
  /** `lost`: its worker died. `open`: under way, or not known to be dead. `cancelled`: a cancellation decided the step with it. */
  readonly result: 'completed' | 'cancelled' | 'lost' | 'open' | Fate;
  /** The catalogue's code behind its fate, or the failure that the action declared and returned. */
  readonly code: string | undefined;
  /** The failure that the action returned, code and message; or why the attempt has its fate. */
  readonly why: string | undefined;
  /** The state that the step led to, when this attempt decided it, or a cancellation did after it. */
  readonly state: string | undefined;
  /** What completed its wait, if it waited. */
  readonly by: Snapshot['by'];
  /** The step that it has undone. */
  readonly undoes: number | undefined;
  /** Of an operator's attempt that brought other data: whether the step kept its idempotency key. */
  readonly key: Attempt['key'];
}

/** Every attempt of a workflow, in order. */
export function timelineOf(history: WorkflowHistory): readonly TimelineEntry[] {
  const snapshots = new Map(history.snapshots.map((snapshot) => [snapshot.step, snapshot]));
  return history.attempts.map((attempt, index) => {
    const snapshot = snapshots.get(attempt.step);
    const named = snapshot?.attempt === attempt.attempt ? snapshot : undefined;
    // A cancellation that found attempts names the last of them, which decided nothing itself.
    const decided = named && (named.kind === 'cancel') === (attempt.kind === 'cancel') ? named : undefined;
    const isLast = history.attempts[index + 1]?.step !== attempt.step;
    return {
      step: attempt.step,
      action: attempt.action,
      attempt: attempt.attempt,
      kind: attempt.kind,
      worker: attempt.worker,
      at: attempt.at,
      sinceStartMs: attempt.at.getTime() - history.head.startedAt.getTime(),
      tookMs: decided?.durationMs ?? settledAfterMs(attempt),
      result: decided ? resultOf(decided) : (attempt.fate ?? (isLast && !snapshot ? 'open' : 'lost')),
      code: decided ? decided.failure?.code : attempt.code,
      why: decided ? describeFailure(decided) : attempt.reason,
      state: named?.state,
      by: decided?.by,
      undoes: decided?.undoes,
      key: attempt.key,
    };
  });
}

const resultOf = ({ kind }: Snapshot): TimelineEntry['result'] => (kind === 'cancel' ? 'cancelled' : 'completed');

const describeFailure = ({ failure }: Snapshot): string | undefined =>
  failure?.message ? `${failure.code}: ${failure.message}` : failure?.code;

const settledAfterMs = ({ at, settledAt, kind }: Attempt): number | undefined =>
  settledAt === undefined || kind === 'operator' || kind === 'cancel' ? undefined : settledAt.getTime() - at.getTime();

/** The timeline as text: a line about the workflow, a line of headings, a line for each attempt. */
export function renderTimeline(history: WorkflowHistory): string {
  const shown = printable(history);
  const { head } = shown;
  const entries = timelineOf(shown);
  const headings = ['step', 'action', 'attempt', 'result', 'state', 'began', 'took', 'worker'];
  const rows = entries.map((entry, index) => [
    entries[index - 1]?.step === entry.step ? '' : String(entry.step),
    entry.action,
    String(entry.attempt),
    describeResult(entry),
    entry.state ?? '',
    `+${describeMs(entry.sinceStartMs)}`,
    entry.tookMs === undefined ? '' : describeMs(entry.tookMs),
    entry.worker,
  ]);
  const title = `${head.workflow} ${head.version} · ${head.businessKey} · ${head._id} · ${describeWhole(shown)}`;
  return [title, '', ...alignColumns([headings, ...rows])].join('\n');
}

function describeWhole(history: WorkflowHistory): string {
  const standing = standingOf(history);
  const state = history.snapshots.at(-1)?.state;
  const status = statusOf(standing, history.head);
  const after = describeMs(standing.since.getTime() - history.head.startedAt.getTime());
  switch (standing.kind) {
    case 'ended':
      return `${standing.status} (${state}) after ${after}`;
    case 'parked':
      return `${status} at step ${standing.step} after ${after}: ${standing.attempt.code}`;
    case 'compensating':
      return `${status}, at step ${standing.step}, which undoes step ${standing.undoing.step}`;
    case 'waiting':
    case 'running':
      return `${status}, at step ${standing.step}`;
    default:
      return unreachable(standing);
  }
}

function describeResult(entry: TimelineEntry): string {
  const { result, why, undoes, by, key } = entry;
  if (undoes !== undefined) return `${result}: step ${undoes} is undone`;
  if (key !== undefined) return `${result}: other data, ${key === 'new' ? 'a new key' : 'the same key'}`;
  if (why === undefined) return by === undefined ? result : `${result} by ${by}`;
  return result === 'completed' ? `failed: ${why}` : `${retriedOr(result)}: ${why}`;
}

/** An attempt that failed is repeated, otherwise it would be parked: "failed" is kept for what the action itself ends with. */
const retriedOr = (result: TimelineEntry['result']): string => (result === 'failed' ? 'retried' : result);

/** `7 ms`, `1.84 s`, `12 min`. */
export function describeMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 100_000 ? `${(ms / 1_000).toFixed(2)} s` : `${Math.round(ms / 60_000)} min`;
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

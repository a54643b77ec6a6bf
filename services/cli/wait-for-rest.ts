import type { WorkflowHistory } from '../../shared/journal/records.ts';
import { standingOf } from '../../shared/runtime/standing.ts';
import type { Session } from './session.ts';

/** How often it is looked. */
const LOOK_EVERY_MS = 100;

/** The history when nothing moves the workflow any more (it has ended, or is parked), or when the time is over; null: none came. */
export async function waitForRest(
  session: Session,
  workflowId: string,
  limitMs: number,
): Promise<WorkflowHistory | null> {
  const { clock } = session;
  const journal = await session.journal();
  const endsAt = clock.monotonic() + limitMs;
  for (;;) {
    const history = await journal.readHistory(workflowId);
    const kind = history && standingOf(history).kind;
    if (kind === 'ended' || kind === 'parked' || clock.monotonic() >= endsAt) return history;
    await clock.sleep(LOOK_EVERY_MS);
  }
}

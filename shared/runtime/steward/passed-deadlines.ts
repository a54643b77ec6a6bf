import type { Head } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { changeHead } from '../head-change.ts';
import { newIntent } from '../intents.ts';
import { pauseAt } from '../pause-points.ts';
import { untilKnown } from '../right-to-act.ts';
import type { Cancellations } from './cancellations.ts';
import type { OpenRequests } from './open-requests.ts';
import type { Round } from './round.ts';
import { forEachWorkflow, GROUPED_AT_ONCE } from './several-at-once.ts';

/** Workflows that one run looks at. One whose step is being performed stays at the front until that has ended. */
const BATCH = 200;

/**
 * Cancels workflows whose deadline has passed, by the rule of the state that each stands in. The request is the system's own: its id is
 * made of the workflow and the deadline, so that any number of stewards make one, and it gets one answer.
 */
export class PassedDeadlines implements Round {
  readonly name = 'passed-deadlines';
  readonly everyMs = 1_000;
  readonly #acting: Acting;
  readonly #cancellations: Cancellations;
  readonly #requests: OpenRequests;

  constructor(acting: Acting, cancellations: Cancellations, requests: OpenRequests) {
    this.#acting = acting;
    this.#cancellations = cancellations;
    this.#requests = requests;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { line, right } = this.#acting;
    const now = new Date(line.clock.now());
    const due = await untilKnown(() => line.journal.findPastDeadline(now, BATCH), right);
    if (due.length === 0) return;
    const hasRoom = await this.#requests.hasRoom();
    const options = { most: GROUPED_AT_ONCE, signal, workflowOf: ({ workflowId }: Head) => workflowId };
    await forEachWorkflow(this.#acting, due, options, (head) => this.#pass(head, hasRoom));
  }

  async #pass({ workflowId, deadline }: Head, hasRoom: boolean): Promise<void> {
    const { line, right } = this.#acting;
    if (!deadline) return;
    const source = `/conveyor/${line.namespace}/deadline`;
    const eventId = `${workflowId}/${deadline.toISOString()}`;
    const reason = `its deadline passed at ${deadline.toISOString()}`;
    const intent = newIntent(this.#acting, { workflowId, reason, source, eventId });
    const stands = hasRoom
      ? await untilKnown(() => line.writes.insertIntent(intent), right)
      : await untilKnown(() => line.journal.readIntent(intent._id), right);
    if (!stands) return;
    await pauseAt(this.#acting, 'intent-inserted', { workflowId, step: 0, attempt: 0 });
    if ((await this.#cancellations.consider(stands)) !== 'answered') return;
    await changeHead(this.#acting, { kind: 'deadline-answered', workflowId });
  }
}

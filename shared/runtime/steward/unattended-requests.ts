import type { IntentRecord } from '../../journal/intent-record.ts';
import type { Acting } from '../acting.ts';
import type { Cancellations } from './cancellations.ts';
import type { OpenRequests } from './open-requests.ts';
import type { Round } from './round.ts';
import { forEachWorkflow, GROUPED_AT_ONCE } from './several-at-once.ts';

/** Requests younger than this are left to their own message, milliseconds. */
const OWN_MESSAGE_MS = 10_000;

/** Works on every open request that its own message does not: that may be lost, and an operator's command never had one. */
export class UnattendedRequests implements Round {
  readonly name = 'unattended-requests';
  readonly everyMs = 2_000;
  readonly #acting: Acting;
  readonly #cancellations: Cancellations;
  readonly #requests: OpenRequests;

  constructor(acting: Acting, cancellations: Cancellations, requests: OpenRequests) {
    this.#acting = acting;
    this.#cancellations = cancellations;
    this.#requests = requests;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#acting.line;
    const isYoung = (requestedAt: Date): boolean => clock.now() - requestedAt.getTime() < OWN_MESSAGE_MS;
    const unattended = (await this.#requests.all()).filter(
      ({ order, requestedAt }) => order !== undefined || !isYoung(requestedAt),
    );
    const options = { most: GROUPED_AT_ONCE, signal, workflowOf: ({ workflowId }: IntentRecord) => workflowId };
    await forEachWorkflow(this.#acting, unattended, options, (intent) => this.#cancellations.consider(intent));
  }
}

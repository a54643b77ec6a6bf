// Waits as the line itself would have written them, in bulk: a head, an attempt that waits, its wait, and the ticket on the delay ladder.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, OutgoingMessage } from '../../shared/broker/broker.ts';
import { workflowIdOf } from '../../shared/contract/start-event.ts';
import { ticketMessage } from '../../shared/contract/ticket.ts';
import { Unavailable } from '../../shared/core/errors.ts';
import { attemptId, snapshotId } from '../../shared/core/names.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import type { Attempt, Head } from '../../shared/journal/records.ts';
import type { WaitRecord, WaitTerms } from '../../shared/journal/wait-records.ts';
import { payload } from './workload.ts';

/** Written together, and so many of these batches at once. */
const BATCH = 500;
const AT_ONCE = 4;

const TRIES = 10;
const AGAIN_AFTER_MS = 1_000;

/** Waits of one kind, each the first step of its workflow. */
export interface PendingKind {
  readonly workflow: string;
  readonly action: string;
  readonly state: string;
  /** Business keys are `<prefix>-<sequence>`. */
  readonly prefix: string;
  readonly terms: WaitTerms & { readonly due: Date };
}

/** A worker that has left: it holds nothing, and what it began is as durable as any other's. */
const HOLDER = 'bench-gone';

export class PendingWaits {
  readonly #namespace: string;
  readonly #journal: Journal;
  readonly #broker: Broker;

  constructor(namespace: string, journal: Journal, broker: Broker) {
    this.#namespace = namespace;
    this.#journal = journal;
    this.#broker = broker;
  }

  /** Resolves when every wait is in the journal and its ticket on the ladder. */
  async write(kind: PendingKind, count: number, onProgress: (written: number) => void): Promise<void> {
    let begun = 0;
    let written = 0;
    const writeOn = async (): Promise<void> => {
      while (begun < count) {
        const from = begun;
        const length = Math.min(BATCH, count - from);
        begun += length;
        await this.#batch(kind, from, length);
        written += length;
        onProgress(written);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, writeOn));
  }

  async #batch(kind: PendingKind, from: number, length: number): Promise<void> {
    const pending = Array.from({ length }, (_, index) => pendingOf(kind, from + index));
    await Promise.all([
      this.#journal.insertHeads(pending.map(({ head }) => head)),
      this.#journal.insertAttempts(pending.map(({ attempt }) => attempt)),
      this.#journal.insertWaits(pending.map(({ wait }) => wait)),
      ...pending.map(({ wait }) =>
        this.#publish(ticketMessage(this.#namespace, wait, kind.terms.due.getTime() - Date.now())),
      ),
    ]);
  }

  /** A broker under so much may confirm late: then the ticket is sent again, and a copy too many counts for nothing. */
  async #publish(message: OutgoingMessage): Promise<void> {
    for (let left = TRIES; ; left -= 1) {
      try {
        return await this.#broker.publish(message);
      } catch (error) {
        if (!(error instanceof Unavailable) || left <= 1) throw error;
      }
      await sleep(AGAIN_AFTER_MS);
    }
  }
}

function pendingOf({ workflow, action, state, prefix, terms }: PendingKind, sequence: number) {
  const source = `/bench/${prefix}`;
  const eventId = String(sequence);
  const workflowId = workflowIdOf(source, eventId);
  const businessKey = `${prefix}-${sequence}`;
  const at = new Date();
  const { notification, due, until } = terms;
  const head: Head = {
    _id: workflowId,
    workflowId,
    workflow,
    version: 1,
    businessKey,
    status: 'waiting',
    input: payload(sequence),
    source,
    eventId,
    startedAt: at,
    waiting: { step: 1, due, ...(notification === undefined ? {} : { notification }), ...(until ? { until } : {}) },
  };
  const attempt: Attempt = {
    _id: attemptId(workflowId, 1, 1),
    workflowId,
    step: 1,
    attempt: 1,
    kind: 'run',
    action,
    worker: HOLDER,
    token: businessKey,
    at,
    fate: 'waiting',
    settledAt: at,
    wait: terms,
  };
  const wait: WaitRecord = {
    ...terms,
    _id: snapshotId(workflowId, 1),
    workflowId,
    step: 1,
    attempt: 1,
    workflow,
    version: 1,
    businessKey,
    action,
    state,
    ticket: 1,
    published: true,
    polls: 0,
    open: true,
    at,
  };
  return { head, attempt, wait };
}

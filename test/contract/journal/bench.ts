import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import type { ActionContract } from '../../../shared/core/action.ts';
import type { CancelAnswer } from '../../../shared/core/cancellation.ts';
import { attemptId, definitionId, snapshotId } from '../../../shared/core/names.ts';
import type { IntentRecord } from '../../../shared/journal/intent-record.ts';
import type { Course, IntentStand, Journal } from '../../../shared/journal/journal.ts';
import type { Attempt, DefinitionRecord, Head, Snapshot } from '../../../shared/journal/records.ts';
import type { NotificationRecord, WaitRecord } from '../../../shared/journal/wait-records.ts';
import type { JournalSetup } from '../journal.ts';

/** Two connections to the store under test, opened before the tests of a describe and closed after them. */
export interface Bench {
  readonly setup: JournalSetup;
  readonly journal: Journal;
  readonly other: Journal;
}

export function bench(setup: () => JournalSetup): () => Bench {
  let opened: Bench | undefined;
  beforeAll(async () => {
    const current = setup();
    opened = { setup: current, journal: await current.connect(), other: await current.connect() };
  });
  afterAll(async () => {
    await Promise.all([opened?.journal.close(), opened?.other.close()]);
  });
  return () => {
    if (!opened) throw new Error('the bench is set up before the tests, not at their definition');
    return opened;
  };
}

export const newWorkflowId = (): string => randomBytes(16).toString('base64url');
/** A name that no other test uses. */
export const newName = (): string => `n-${randomBytes(6).toString('hex')}`;

export const AT = new Date('2026-03-01T12:00:00.123Z');

/** A moment later, for what must tell times apart. A date of its own: a test may write over it. */
export const later = (ms: number): Date => new Date(AT.getTime() + ms);

export function makeHead(change: Partial<Head> = {}): Head {
  const workflowId = change._id ?? newWorkflowId();
  return {
    _id: workflowId,
    workflow: 'order-payment',
    version: 1,
    businessKey: `order ${workflowId}`,
    status: 'running',
    input: { amount: 12.5 },
    source: '/shop',
    eventId: workflowId,
    startedAt: later(0),
    workflowId,
    ...change,
  };
}

export function makeAttempt(workflowId: string, step: number, attempt: number, change: Partial<Attempt> = {}): Attempt {
  return {
    _id: attemptId(workflowId, step, attempt),
    workflowId,
    step,
    attempt,
    kind: 'run',
    action: 'reserve-stock',
    worker: 'worker-1',
    token: randomBytes(8).toString('hex'),
    at: later(0),
    ...change,
  };
}

export function makeSnapshot(workflowId: string, step: number, change: Partial<Snapshot> = {}): Snapshot {
  return {
    _id: snapshotId(workflowId, step),
    workflowId,
    step,
    kind: 'run',
    action: 'reserve-stock',
    attempt: 1,
    worker: 'worker-1',
    changes: { reserved: true },
    state: 'reserved',
    data: { amount: 12.5, reserved: true },
    next: { action: 'authorize-payment' },
    at: later(0),
    durationMs: 7,
    ...change,
  };
}

export const makeDefinition = (
  name: string,
  version: number,
  change: Partial<DefinitionRecord> = {},
): DefinitionRecord => ({
  _id: definitionId(name, version),
  name,
  version,
  hash: `hash ${version}`,
  definition: {
    name,
    version,
    announce: 'milestones',
    initial: 'placed',
    // JSON Schemas have the keys that databases do not like.
    input: { $schema: 'https://json-schema.org/draft/2020-12/schema', $defs: { 'a.b': {} }, $ref: '#/$defs/a.b' },
    states: {
      placed: { choices: [{ when: 'amount > 1.0', action: 'reserve', to: 'done', onFailure: { 'no-stock': 'done' } }] },
      done: { end: 'succeeded' },
    },
  },
  active: true,
  registeredAt: later(0),
  ...change,
});

export const makeContract = (name: string, change: Partial<ActionContract> = {}): ActionContract => ({
  name,
  failures: ['card-declined'],
  timeoutMs: 10_000,
  input: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', properties: { 'a.b': {} } },
  changes: { type: 'object', additionalProperties: false },
  notifications: {},
  polls: false,
  compensates: false,
  retry: { maxAttempts: 8, backoffMs: 1_000, maxBackoffMs: 300_000 },
  ...change,
});

export function makeWait(workflowId: string, step: number, change: Partial<WaitRecord> = {}): WaitRecord {
  return {
    _id: snapshotId(workflowId, step),
    workflowId,
    step,
    attempt: 1,
    workflow: 'order-payment',
    version: 1,
    businessKey: `order ${workflowId}`,
    action: 'confirm-payment',
    state: 'placed',
    notification: 'payment-confirmed',
    ticket: 1,
    due: later(0),
    published: false,
    polls: 0,
    open: true,
    at: later(0),
    ...change,
  };
}

/** Kept, and for nobody yet: a test says for whom. */
export function makeNotification(change: Partial<NotificationRecord> = {}): NotificationRecord {
  const _id = newWorkflowId();
  return {
    _id,
    name: 'payment-confirmed',
    data: { amount: 12.5 },
    source: '/bank',
    eventId: _id,
    receivedAt: later(0),
    state: 'kept',
    ...change,
  };
}

export function makeIntent(workflowId: string, change: Partial<IntentRecord> = {}): IntentRecord {
  const _id = newWorkflowId();
  return {
    _id,
    workflowId,
    reason: '$changed their mind',
    source: '/shop',
    eventId: _id,
    requestedAt: later(0),
    at: 0,
    state: 'open',
    ...change,
  };
}

/** One of what the port takes in batches. */
const only = <T>(results: readonly T[]): T => {
  const [result] = results;
  if (results.length !== 1 || result === undefined) throw new Error(`one result was expected, not ${results.length}`);
  return result;
};

export const insertIntent = async (journal: Journal, intent: IntentRecord): Promise<IntentRecord> =>
  only(await journal.insertIntents([intent]));

export const pinIntent = async (
  journal: Journal,
  id: string,
  atAsRead: number,
  at: number,
): Promise<IntentStand | null> => only(await journal.pinIntents([{ id, atAsRead, at }]));

export async function closeIntent(
  journal: Journal,
  id: string,
  atAsRead: number,
  answer: CancelAnswer,
  closedAt: Date,
): Promise<IntentStand | null> {
  return only(await journal.closeIntents([{ id, atAsRead, answer, closedAt }]));
}

export const readCourse = async (journal: Journal, workflowId: string): Promise<Course> =>
  only(await journal.readCourses([workflowId]));

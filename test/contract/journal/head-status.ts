import { describe, expect, it } from '@jest/globals';
import type { HeadChange, Journal } from '../../../shared/journal/journal.ts';
import type { Head } from '../../../shared/journal/records.ts';
import type { JournalSetup } from '../journal.ts';
import { AT, bench, later, makeHead } from './bench.ts';

type Change = (workflowId: string) => HeadChange;

const wait = (step: number) => ({ step, notification: '$paid', due: later(step), until: later(99) });
const trouble = (step: number) => ({ step, code: 'no-station', reason: '$why', at: later(step) });

const waiting =
  (step: number): Change =>
  (workflowId) => ({ kind: 'waiting', workflowId, waiting: wait(step) });
const waited =
  (step: number): Change =>
  (workflowId) => ({ kind: 'waited', workflowId, step });
const parked =
  (step: number): Change =>
  (workflowId) => ({ kind: 'parked', workflowId, parked: trouble(step) });
const resumed =
  (step: number): Change =>
  (workflowId) => ({ kind: 'resumed', workflowId, step });
const cancelling =
  (intent: string): Change =>
  (workflowId) => ({ kind: 'cancelling', workflowId, intent, at: AT });
const notCancelling =
  (intent: string): Change =>
  (workflowId) => ({ kind: 'not-cancelling', workflowId, intent });
const compensating =
  (step: number): Change =>
  (workflowId) => ({ kind: 'compensating', workflowId, step });
const ended: Change = (workflowId) => ({ kind: 'ended', workflowId, status: 'cancelled', at: later(99) });
const answered: Change = (workflowId) => ({ kind: 'deadline-answered', workflowId });

const byIntent = (intent: string) => ({ intent, at: AT });

export function headStatusContract(setup: () => JournalSetup): void {
  describe('the status of a head', () => {
    const current = bench(setup);

    /** What these changes, one call each, made of a running head. */
    const after = async (journal: Journal, changes: readonly Change[]): Promise<[Head, Head | null]> => {
      const head = makeHead({ deadline: later(50) });
      await journal.insertHeads([head]);
      for (const change of changes) await journal.changeHeads([change(head._id)]);
      return [head, await journal.readHead(head._id)];
    };

    it.each<[string, readonly Change[], Partial<Head>]>([
      ['waits', [waiting(2)], { status: 'waiting', waiting: wait(2) }],
      ['goes on after the wait', [waiting(2), waited(2)], {}],
      [
        'goes on after that very wait only',
        [waiting(2), waited(1), waited(3)],
        { status: 'waiting', waiting: wait(2) },
      ],
      [
        'waits at a later step, not at an earlier one',
        [waiting(2), waiting(3), waiting(1)],
        {
          status: 'waiting',
          waiting: wait(3),
        },
      ],
      ['parks where it waited', [waiting(2), parked(2)], { status: 'parked', parked: trouble(2) }],
      ['waits where it was parked', [parked(2), waiting(2)], { status: 'waiting', waiting: wait(2) }],
      ['does not park behind its wait', [waiting(3), parked(2)], { status: 'waiting', waiting: wait(3) }],
      ['does not wait behind its parking', [parked(3), waiting(2)], { status: 'parked', parked: trouble(3) }],
      ['is cancelled', [cancelling('a')], { status: 'cancelling', cancelling: byIntent('a') }],
      [
        'is considered for one request at a time',
        [cancelling('a'), cancelling('b')],
        {
          status: 'cancelling',
          cancelling: byIntent('a'),
        },
      ],
      [
        'says that it is cancelled while it waits',
        [waiting(2), cancelling('a')],
        {
          status: 'cancelling',
          waiting: wait(2),
          cancelling: byIntent('a'),
        },
      ],
      [
        'waits on when the request is refused',
        [waiting(2), cancelling('a'), notCancelling('a')],
        {
          status: 'waiting',
          waiting: wait(2),
        },
      ],
      [
        'is parked when the request is refused that came before',
        [cancelling('a'), parked(2), notCancelling('a')],
        {
          status: 'parked',
          parked: trouble(2),
        },
      ],
      [
        'is cancelled although another request is refused',
        [cancelling('a'), notCancelling('b')],
        {
          status: 'cancelling',
          cancelling: byIntent('a'),
        },
      ],
      [
        'is undone',
        [parked(3), cancelling('a'), compensating(3)],
        { status: 'compensating', compensating: { step: 3 } },
      ],
      [
        'is undone instead of waiting',
        [waiting(3), compensating(3)],
        {
          status: 'compensating',
          compensating: { step: 3 },
        },
      ],
      [
        'is parked on the way back',
        [compensating(3), parked(4)],
        {
          status: 'parked',
          compensating: { step: 3 },
          parked: trouble(4),
        },
      ],
      [
        'is parked on the way back although the begin of it is told later',
        [parked(4), compensating(3)],
        {
          status: 'parked',
          compensating: { step: 3 },
          parked: trouble(4),
        },
      ],
      [
        'is undone on when it is resumed there',
        [compensating(3), parked(4), resumed(4)],
        {
          status: 'compensating',
          compensating: { step: 3 },
        },
      ],
      [
        'does neither park, wait nor consider a request of before once it is undone',
        [compensating(3), parked(3), waiting(4), cancelling('b')],
        { status: 'compensating', compensating: { step: 3 } },
      ],
    ])('%s', async (_, changes, expected) => {
      const [head, now] = await after(current().journal, changes);
      expect(now).toEqual({ ...head, ...expected });
    });

    it('has no deadline any more once that was answered', async () => {
      const [{ deadline, ...rest }, now] = await after(current().journal, [answered, answered]);
      expect(deadline).toBeDefined();
      expect(now).toEqual(rest);
    });

    it.each<[string, readonly Change[]]>([
      ['everything that came before', [waiting(1), cancelling('a'), compensating(1), parked(2), ended]],
      [
        'everything that comes after',
        [
          ended,
          waiting(9),
          parked(9),
          cancelling('a'),
          compensating(9),
          resumed(9),
          waited(9),
          notCancelling('a'),
          answered,
        ],
      ],
    ])('is the end against %s', async (_, changes) => {
      const [head, now] = await after(current().journal, changes);
      const { deadline, ...rest } = head;
      expect(deadline).toBeDefined();
      expect(now).toEqual({ ...rest, status: 'cancelled', endedAt: later(99) });
    });
  });
}

import { describe, expect, it } from '@jest/globals';
import type { NotificationRecord } from '../../../shared/journal/wait-records.ts';
import type { JournalSetup } from '../journal.ts';
import { bench, later, makeNotification, makeWait, newName, newWorkflowId } from './bench.ts';

const idsOf = (notifications: readonly NotificationRecord[]): string[] => notifications.map(({ _id }) => _id);

export function notificationsContract(setup: () => JournalSetup): void {
  describe('notifications', () => {
    const current = bench(setup);

    it('are kept whole, whatever JSON they carry', async () => {
      const { journal, other } = current();
      const workflowId = newWorkflowId();
      const notification = makeNotification({ workflowId, data: { $set: { 'a.b': [null] } } });
      expect(await journal.insertNotifications([notification])).toEqual([notification]);
      expect(await other.findNotifications({ workflowId }, 9)).toEqual([notification]);
    });

    it('stand as they are when they come again, with what became of them', async () => {
      const { journal, other } = current();
      const [old, fresh] = [makeNotification(), makeNotification()];
      await journal.insertNotifications([old]);
      const used = { state: 'used', usedBy: 'w', step: 3 } as const;
      expect(await journal.settleNotifications([{ id: old._id, ...used }])).toEqual([used]);
      const settled = { ...old, ...used };
      const again = { ...old, receivedAt: later(5) };
      expect(await other.insertNotifications([again, fresh, again])).toEqual([settled, fresh, settled]);
      expect(await journal.insertNotifications([])).toEqual([]);
    });

    it('are settled once: the first word stands, whoever says it', async () => {
      const { journal, other } = current();
      const notification = makeNotification();
      await journal.insertNotifications([notification]);
      const settling = Array.from({ length: 8 }, (_, step) =>
        (step % 2 ? journal : other).settleNotifications([
          { id: notification._id, state: 'late', usedBy: 'w', step, reason: '$why' },
        ]),
      );
      const results = await Promise.all(settling);
      expect(results[0]).toMatchObject([{ state: 'late', reason: '$why' }]);
      expect(results).toEqual(results.map(() => results[0]));
      expect(await journal.settleNotifications([{ id: newWorkflowId(), state: 'late' }])).toEqual([null]);
    });

    it('are pinned to one step: no other may have them, or say what became of them', async () => {
      const { journal, other } = current();
      const made = [makeNotification(), makeNotification(), makeNotification()];
      const [free, pinned, settled] = made.map(({ _id }) => _id);
      if (!free || !pinned || !settled) throw new Error('three were made');
      await journal.insertNotifications(made);
      await journal.pinNotifications([{ id: pinned, workflowId: 'v', step: 2 }]);
      await journal.settleNotifications([{ id: settled, state: 'refused', reason: 'why' }]);
      const pins = [free, pinned, settled, newWorkflowId()].map((id) => ({ id, workflowId: 'w', step: 2 }));
      const first = { state: 'kept', usedBy: 'w', step: 2 };
      const second = { state: 'kept', usedBy: 'v', step: 2 };
      expect(await other.pinNotifications(pins)).toEqual([first, second, { state: 'refused', reason: 'why' }, null]);
      expect(await other.pinNotifications(pins.slice(0, 1))).toEqual([first]);
      expect(await other.pinNotifications([{ id: free, workflowId: 'w', step: 3 }])).toEqual([first]);
      for (const another of [{}, { usedBy: 'v', step: 2 }, { usedBy: 'w', step: 3 }, { usedBy: 'w' }]) {
        expect(await other.settleNotifications([{ id: free, state: 'late', ...another }])).toEqual([first]);
      }
      expect(await journal.settleNotifications([{ id: free, state: 'used', usedBy: 'w', step: 2 }])).toEqual([
        { state: 'used', usedBy: 'w', step: 2 },
      ]);
      expect(await journal.pinNotifications([])).toEqual([]);
      expect(await journal.settleNotifications([])).toEqual([]);
    });

    it('that are pinned to another step are not found for a wait', async () => {
      const { journal } = current();
      const wait = makeWait(newWorkflowId(), 2, { businessKey: newName(), notification: 'paid' });
      const { workflowId, businessKey } = wait;
      const made = [1, 2, 3, 4].map((ms) => makeNotification({ name: 'paid', businessKey, receivedAt: later(ms) }));
      const [own, , earlier, another] = made.map(({ _id }) => _id);
      await journal.insertNotifications(made);
      await journal.pinNotifications([
        { id: own ?? '', workflowId, step: 2 },
        { id: earlier ?? '', workflowId, step: 1 },
        { id: another ?? '', workflowId: newWorkflowId(), step: 2 },
      ]);
      expect(idsOf(await journal.findKeptFor(wait, 9))).toEqual(idsOf(made.slice(0, 2)));
    });

    it('that a wait may use are found by workflow id or by business key, the oldest first', async () => {
      const { journal, other } = current();
      const wait = makeWait(newWorkflowId(), 1, { businessKey: newName(), notification: 'paid' });
      const { workflowId, businessKey, workflow } = wait;
      const fitting = [
        makeNotification({ name: 'paid', workflowId, receivedAt: later(3) }),
        makeNotification({ name: 'paid', businessKey, receivedAt: later(2) }),
        makeNotification({ name: 'paid', businessKey, workflow, receivedAt: later(1) }),
      ];
      const others = [
        makeNotification({ name: 'paid', businessKey, workflow: 'another' }),
        makeNotification({ name: 'paid', businessKey, workflowId: newWorkflowId() }),
        makeNotification({ name: 'paid', businessKey: newName() }),
        makeNotification({ name: 'paid' }),
        makeNotification({ name: 'other', workflowId }),
        makeNotification({ name: 'other', businessKey }),
        makeNotification({ name: 'paid', workflowId, state: 'late' }),
        makeNotification({ name: 'paid', businessKey, state: 'used' }),
      ];
      await journal.insertNotifications([...fitting, ...others]);
      expect(await other.findKeptFor(wait, 9)).toEqual(fitting.toReversed());
      expect(await other.findKeptFor(wait, 2)).toEqual(fitting.toReversed().slice(0, 2));
      expect(await other.findKeptFor(wait, 0)).toEqual([]);
      const { notification: _, ...timer } = wait;
      expect(await other.findKeptFor(timer, 9)).toEqual([]);
    });

    it('and waits that begin at the same time: at least one of the two finds the other', async () => {
      const { journal, other } = current();
      for (let round = 0; round < 20; round += 1) {
        const wait = makeWait(newWorkflowId(), 1);
        const notification = makeNotification({ businessKey: wait.businessKey });
        const [kept, waits] = await Promise.all([
          journal.insertWaits([wait]).then(() => journal.findKeptFor(wait, 9)),
          other
            .insertNotifications([notification])
            .then(() => other.findOpenWaits([{ businessKey: wait.businessKey, notification: notification.name }], 9)),
        ]);
        expect(kept.length + waits.length).toBeGreaterThan(0);
      }
    });

    it('are found for people, newest first, up to the limit', async () => {
      const { journal, other } = current();
      const [businessKey, name] = [newName(), newName()];
      const made = Array.from({ length: 6 }, (_, index) =>
        makeNotification({
          receivedAt: later(1_000_000 + index),
          state: index % 2 ? 'refused' : 'kept',
          ...(index < 4 ? { businessKey } : {}),
          ...(index > 2 ? { name } : {}),
        }),
      );
      await journal.insertNotifications(made);
      const ids = (indexes: readonly number[]) => indexes.map((index) => made[index]?._id);
      const found = async (...given: Parameters<typeof other.findNotifications>) =>
        idsOf(await other.findNotifications(...given));
      expect(await found({ businessKey }, 9)).toEqual(ids([3, 2, 1, 0]));
      expect(await found({ businessKey, name }, 9)).toEqual(ids([3]));
      expect(await found({ name, state: 'refused' }, 9)).toEqual(ids([5, 3]));
      expect(await found({ businessKey, state: 'kept' }, 1)).toEqual(ids([2]));
      const mine = new Set(idsOf(made));
      expect((await found({ state: 'kept' }, 1_000)).filter((id) => mine.has(id))).toEqual(ids([4, 2, 0]));
      expect(await found({ businessKey }, 0)).toEqual([]);
    });

    it('are removed by age, whatever became of them, in bounded batches', async () => {
      const { journal, other, setup: under } = current();
      const long = (ms: number): Date => new Date(Date.UTC(1970, 0, 1) + ms);
      const businessKey = newName();
      const made = [1, 2, 3, 4].map((ms) =>
        makeNotification({ businessKey, receivedAt: long(ms), state: ms % 2 ? 'used' : 'kept' }),
      );
      await journal.insertNotifications(made);
      const first = await journal.removeNotifications(long(4), 2);
      if (!under.features.repeats) {
        expect(first).toBe(2);
        expect(idsOf(await other.findNotifications({ businessKey }, 9))).toEqual(idsOf(made).slice(2).toReversed());
      }
      expect(await journal.removeNotifications(long(4), 2)).toBeLessThan(2);
      expect(idsOf(await other.findNotifications({ businessKey }, 9))).toEqual(idsOf(made).slice(3));
      expect(await journal.removeNotifications(long(9), 0)).toBe(0);
      await journal.removeNotifications(long(9), 9);
    });
  });
}

import { describe, expect, it } from '@jest/globals';
import type { Inserted } from '../../../shared/journal/journal.ts';
import type { JournalSetup } from '../journal.ts';
import { bench, makeAttempt, makeHead, makeSnapshot, newWorkflowId, readCourse } from './bench.ts';

export function insertContract(setup: () => JournalSetup): void {
  describe('insertAttempts', () => {
    const current = bench(setup);

    it('keeps an attempt whole', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const attempt = makeAttempt(id, 1, 1, { alone: true });
      expect(await journal.insertAttempts([attempt])).toEqual(['inserted']);
      expect((await other.readStep(id, 1)).attempts).toEqual([attempt]);
    });

    it('keeps an attempt that is settled from the start', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const settled = { fate: 'released', code: 'code', reason: 'why', settledAt: new Date(5) } as const;
      const attempt = makeAttempt(id, 1, 2, { kind: 'operator', worker: 'operator', ...settled });
      await journal.insertAttempts([attempt]);
      expect((await other.readStep(id, 1)).attempts).toEqual([attempt]);
    });

    it('keeps the data of an edited retry whole, whatever JSON it is', async () => {
      const { journal, other } = current();
      const head = makeHead();
      const attempt = makeAttempt(head._id, 1, 2, { kind: 'operator', data: { $set: { 'a.b': [1] } }, key: 'new' });
      await journal.insertHeads([head]);
      await journal.insertAttempts([attempt]);
      expect((await other.readStep(head._id, 1)).attempts).toEqual([attempt]);
      expect((await readCourse(other, head._id)).attempts).toEqual([attempt]);
      expect((await other.readHistory(head._id))?.attempts).toEqual([attempt]);
      expect((await other.readStands([head._id]))[0]?.attempts).toEqual([attempt]);
    });

    it('gives a key to the first, and tells every other that it is taken', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const first = makeAttempt(id, 1, 1);
      await journal.insertAttempts([first]);
      expect(await other.insertAttempts([makeAttempt(id, 1, 1, { worker: 'worker-2' })])).toEqual(['duplicate']);
      expect((await other.readStep(id, 1)).attempts).toEqual([first]);
    });

    it('recognises its own attempt, by its token, also after others have tried and it was settled', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const own = makeAttempt(id, 1, 1);
      await journal.insertAttempts([own]);
      await other.insertAttempts([makeAttempt(id, 1, 1)]);
      await other.settleAttempt(own._id, { fate: 'failed', at: new Date(9) });
      expect(await journal.insertAttempts([own])).toEqual(['inserted']);
      expect((await other.readStep(id, 1)).attempts).toMatchObject([{ token: own.token, fate: 'failed' }]);
    });

    it('answers each item of a batch for itself, in the order given', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const batch = Array.from({ length: 250 }, (_, index) => makeAttempt(id, 1, index + 1));
      const isTaken = (index: number): boolean => index % 7 === 3;
      await other.insertAttempts(batch.filter((_, index) => isTaken(index)).map(renewToken));
      const results = await journal.insertAttempts(batch);
      expect(results).toEqual(batch.map((_, index): Inserted => (isTaken(index) ? 'duplicate' : 'inserted')));
      expect((await journal.readStep(id, 1)).attempts).toHaveLength(250);
    });

    it('gives a key that stands twice in a batch to exactly one of the two', async () => {
      const { journal } = current();
      const id = newWorkflowId();
      const batch = [makeAttempt(id, 1, 1), makeAttempt(id, 2, 1), makeAttempt(id, 1, 1)];
      const results = await journal.insertAttempts(batch);
      expect([results[0], results[2]].toSorted(byText)).toEqual(['duplicate', 'inserted']);
      expect(results[1]).toBe('inserted');
      const winner = batch[results[0] === 'inserted' ? 0 : 2];
      expect((await journal.readStep(id, 1)).attempts).toEqual([winner]);
    });

    it('gives each key to exactly one of many who want it at once', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const writers = Array.from({ length: 12 }, (_, writer) => ({
        through: writer % 2 === 0 ? journal : other,
        batch: Array.from({ length: 5 }, (__, step) => makeAttempt(id, step + 1, 1, { worker: `worker-${writer}` })),
      }));
      const results = await Promise.all(writers.map(({ through, batch }) => through.insertAttempts(batch)));
      for (let step = 1; step <= 5; step += 1) {
        const winners = results.flatMap((result, writer) => (result[step - 1] === 'inserted' ? [writer] : []));
        expect(winners).toHaveLength(1);
        expect((await other.readStep(id, step)).attempts).toMatchObject([{ worker: `worker-${winners[0]}` }]);
      }
    });
  });

  describe('insertSnapshots', () => {
    const current = bench(setup);

    it('keeps a snapshot whole', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const snapshots = [
        makeSnapshot(id, 1),
        makeSnapshot(id, 2, { failure: { code: 'card-declined', message: 'no' }, next: { end: 'failed' } }),
      ];
      expect(await journal.insertSnapshots(snapshots)).toEqual(['inserted', 'inserted']);
      expect(await other.readSnapshot(id, 1)).toEqual(snapshots[0]);
      expect(await other.readSnapshot(id, 2)).toEqual(snapshots[1]);
    });

    it('lets the first decision of a step stand', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const first = makeSnapshot(id, 1);
      await journal.insertSnapshots([first]);
      const others = [makeSnapshot(id, 1, { attempt: 2 }), makeSnapshot(id, 1, { worker: 'worker-2' })];
      expect(await other.insertSnapshots(others)).toEqual(['duplicate', 'duplicate']);
      expect(await other.readSnapshot(id, 1)).toEqual(first);
    });

    it('recognises its own snapshot, by attempt and worker', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const own = makeSnapshot(id, 1);
      await journal.insertSnapshots([own]);
      expect(await other.insertSnapshots([makeSnapshot(id, 2), own])).toEqual(['inserted', 'inserted']);
    });

    it('tells two ends of a wait apart by their tokens, under the same attempt and worker', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const byPoll = makeSnapshot(id, 1, { by: 'poll', token: 'one', changes: { answer: 'a' } });
      const byDeadline = makeSnapshot(id, 1, { by: 'deadline', token: 'two', changes: {} });
      expect(await journal.insertSnapshots([byPoll])).toEqual(['inserted']);
      expect(await journal.insertSnapshots([byDeadline, byPoll])).toEqual(['duplicate', 'inserted']);
      expect(await other.readSnapshot(id, 1)).toEqual(byPoll);
    });

    it('keeps what a cancellation, the way back and the end of a wait add', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      const left = [{ step: 1, action: 'reserve-stock', performed: 'committed' }] as const;
      const back = { compensate: 'reserve-stock', step: 1, performed: 'committed' } as const;
      const snapshots = [
        makeSnapshot(id, 1, { by: 'notification', notification: 'n', token: 't' }),
        makeSnapshot(id, 2, { kind: 'cancel', intent: 'i', undo: { left, end: 'cancelled' }, next: back, token: 't' }),
        makeSnapshot(id, 3, {
          kind: 'compensate',
          undoes: 1,
          undo: { left: [], end: 'cancelled' },
          next: { end: 'cancelled' },
        }),
      ];
      await journal.insertSnapshots(snapshots);
      expect(await other.findSnapshots(snapshots)).toEqual(snapshots);
    });

    it('gives a key that stands twice in a batch to exactly one of the two', async () => {
      const { journal } = current();
      const id = newWorkflowId();
      const batch = [makeSnapshot(id, 1), makeSnapshot(id, 1, { worker: 'worker-2' })];
      const results = await journal.insertSnapshots(batch);
      expect(results.toSorted(byText)).toEqual(['duplicate', 'inserted']);
      expect(await journal.readSnapshot(id, 1)).toEqual(batch[results.indexOf('inserted')]);
    });
  });

  describe('insertHeads', () => {
    const current = bench(setup);

    it('keeps a head whole', async () => {
      const { journal, other, setup: under } = current();
      const heads = [makeHead(), makeHead({ traceparent: '00-1-2-01' })];
      const results = await journal.insertHeads(heads);
      if (!under.features.repeats) expect(results).toEqual(['inserted', 'inserted']);
      for (const head of heads) expect(await other.readHead(head._id)).toEqual(head);
    });

    it('calls the same head a duplicate, and lets the first stand', async () => {
      const { journal, other } = current();
      const head = makeHead();
      await journal.insertHeads([head]);
      const again = [head, makeHead({ _id: head._id, businessKey: 'another' })];
      expect(await other.insertHeads(again)).toEqual(['duplicate', 'duplicate']);
      expect(await other.readHead(head._id)).toEqual(head);
    });

    it('gives a key that stands twice in a batch to the first', async () => {
      const { journal, setup: under } = current();
      const head = makeHead();
      const results = await journal.insertHeads([head, makeHead({ _id: head._id, version: 2 })]);
      if (!under.features.repeats) expect(results).toEqual(['inserted', 'duplicate']);
      expect(await journal.readHead(head._id)).toEqual(head);
    });
  });

  describe('every insert', () => {
    const current = bench(setup);

    it('takes an empty batch', async () => {
      const { journal } = current();
      expect(await journal.insertHeads([])).toEqual([]);
      expect(await journal.insertAttempts([])).toEqual([]);
      expect(await journal.insertSnapshots([])).toEqual([]);
    });

    it('leaves out fields that are undefined', async () => {
      const { journal, other } = current();
      const id = newWorkflowId();
      // As a caller may build it whose types are less strict.
      const fields = { alone: undefined, fate: undefined } as object;
      await journal.insertAttempts([{ ...makeAttempt(id, 1, 1), ...fields }]);
      expect(Object.keys((await other.readStep(id, 1)).attempts[0] ?? {}).sort()).toEqual(
        Object.keys(makeAttempt(id, 1, 1)).sort(),
      );
    });

    it('is not altered through what was given to it, or what it has given out', async () => {
      const { journal } = current();
      const head = makeHead({ input: { lines: [{ sku: 'a' }] } });
      const [attempts, snapshots] = [[makeAttempt(head._id, 1, 1)], [makeSnapshot(head._id, 1)]];
      const history = structuredClone({ head, attempts, snapshots });
      await journal.insertHeads([head]);
      await journal.insertAttempts(attempts);
      await journal.insertSnapshots(snapshots);
      deface([head, attempts, snapshots]);
      for (let read = 1; read <= 2; read += 1) {
        const id = history.head._id;
        const found = [await journal.readHistory(id), await journal.readStep(id, 1), await journal.readHead(id)];
        expect(found).toEqual([
          history,
          { attempts: history.attempts, snapshot: history.snapshots[0], moved: false },
          history.head,
        ]);
        deface(found);
      }
    });
  });
}

const byText = (a: string | undefined, b: string | undefined): number => String(a).localeCompare(String(b));

const renewToken = <T extends { token: string }>(attempt: T): T => ({ ...attempt, token: `${attempt.token}-other` });

/** Writes over everything that can be written over. */
function deface(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  if (value instanceof Date) value.setTime(0);
  for (const [key, child] of Object.entries(value)) {
    deface(child);
    if (typeof child !== 'object') Reflect.set(value, key, 'defaced');
  }
}

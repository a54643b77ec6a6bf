// One test per row of the journal's table (docs/journal.md), each interleaving written down: processes stand at pause points, or
// their calls are held on the way, until the test lets them go on. journal.md A1 to A5; the others are beside this file.
import { describe, expect, it } from '@jest/globals';
import { completed } from '../../shared/core/outcome.ts';
import type { Attempt } from '../../shared/journal/records.ts';
import { Latch } from '../support/latch.ts';
import { onCall } from '../support/on-call.ts';
import { Scene } from '../support/scene.ts';
import { dieAt, expectSucceeded, fatesOf, only, UNTIL_DEAD_MS, undeclared } from '../support/scene-checks.ts';

describe('A1 and A2: the attempt is inserted', () => {
  it('is performed by the one who inserted it, of two who have a copy', async () => {
    const scene = await Scene.open();
    const id = await scene.parcel();
    const first = scene.points.hold('claiming', { worker: 'worker-1' });
    const second = scene.points.hold('claiming', { worker: 'worker-2' });
    const slower = await scene.worker('worker-1');
    await scene.line.until(first.reached);
    await scene.worker('worker-2');
    slower.connection.drop();
    await scene.line.until(second.reached);
    second.release();
    first.release();
    await expectSucceeded(scene, id);
    expect(scene.performed.filter((what) => what.includes('pack'))).toEqual(['worker-2 pack 1']);
  });

  it('a later attempt is void when a late decision has landed: it is not performed, the decision is followed', async () => {
    const late = new Latch();
    const scene = await Scene.open({
      wrapJournal: only('worker-1', (journal) => late.holding(journal, 'insertSnapshots')),
    });
    const id = await scene.parcel();
    const holder = await scene.worker('worker-1');
    await scene.line.until(late.reached);
    holder.die();
    await scene.worker('worker-2');
    const claiming = scene.points.hold('claiming', { worker: 'worker-2', attempt: 2 });
    await scene.line.until(claiming.reached);
    late.release();
    await scene.line.clock.advance(1);
    claiming.release();
    await expectSucceeded(scene, id);
    expect(scene.performed).toEqual(['worker-1 pack 1', 'worker-2 send 1']);
    expect(fatesOf((await scene.line.history(id)).attempts)).toEqual([undefined, 'void']);
  });
});

describe('A4: the attempt exists', () => {
  it('in the own table: the copy is adopted, and acknowledged with the run', async () => {
    const working = new Latch();
    const scene = await Scene.open({
      pack: async () => {
        await working.pass();
        return completed({ pack: 'done' });
      },
    });
    const id = await scene.parcel();
    await scene.worker('worker-1');
    await scene.line.until(working.reached);
    await scene.send(id, 1, 1);
    await scene.line.clock.advance(3_000);
    expect(scene.atStation('pack')).toBe(2);
    working.release();
    await expectSucceeded(scene, id);
    expect(scene.performed).toEqual(['worker-1 pack 1', 'worker-1 send 1']);
    expect(scene.sent).toEqual(['intake-1 1/1', 'worker-1 2/1']);
  });

  it('two copies can share a batch: the table is entered before it is sent', async () => {
    const batches: number[] = [];
    const scene = await Scene.open({
      wrapJournal: (journal) =>
        onCall(journal, 'insertAttempts', (call, [attempts]) => {
          batches.push((attempts as readonly Attempt[]).length); // what insertAttempts is given
          return call();
        }),
    });
    const id = await scene.parcel();
    await scene.send(id, 1, 1);
    await scene.worker('worker-1');
    await expectSucceeded(scene, id);
    expect(batches).toEqual([1, 1]);
    expect(scene.performed).toEqual(['worker-1 pack 1', 'worker-1 send 1']);
  });

  it('heartbeat first: a holder that parks and dies between the readings is not performed over', async () => {
    const judging = new Latch();
    const scene = await Scene.open({
      pack: undeclared,
      wrapJournal: only('worker-2', (journal) => judging.holding(journal, 'judgeHolder')),
    });
    const id = await scene.parcel();
    const performing = scene.points.hold('performing', { worker: 'worker-1' });
    const recorded = scene.points.hold('recorded', { worker: 'worker-1' });
    const holder = await scene.worker('worker-1');
    await scene.line.until(performing.reached);
    await scene.worker('worker-2');
    holder.connection.drop();
    // The other one has read the step, unsettled as it is, and asks for the holder's heartbeat.
    await scene.line.until(judging.reached);
    performing.release();
    await scene.line.until(recorded.reached);
    holder.die();
    await scene.line.clock.advance(UNTIL_DEAD_MS);
    judging.release();
    await scene.line.untilDrained();
    const { head, attempts } = await scene.line.history(id);
    expect(head.status).toBe('parked');
    expect(fatesOf(attempts)).toEqual(['parked']);
    expect(scene.performed).toEqual(['worker-1 pack 1']);
  });
});

describe('A5: the step is decided', () => {
  it('an end: head and event, although its worker died before both', async () => {
    const scene = await Scene.open();
    const id = await scene.parcel();
    const holder = await scene.worker('worker-1');
    const recorded = scene.points.hold('recorded', { worker: 'worker-1', step: 2 });
    await scene.line.until(recorded.reached);
    expect((await scene.line.history(id)).head.status).toBe('running');
    expect(scene.events).not.toContain('succeeded 2');
    holder.die();
    await scene.worker('worker-2');
    await expectSucceeded(scene, id);
    expect(scene.events.at(-1)).toBe('succeeded 2');
    expect(scene.performed).toEqual(['worker-1 pack 1', 'worker-1 send 1']);
  });

  it('not moved: the event, then the successor, although its worker died before both', async () => {
    const scene = await Scene.open();
    const id = await scene.parcel();
    await dieAt(scene, await scene.worker('worker-1'), 'recorded');
    expect(scene.events).toEqual(['started 0']);
    await scene.worker('worker-2');
    await expectSucceeded(scene, id);
    expect(scene.events).toEqual(['started 0', 'advanced 1', 'succeeded 2']);
    expect(scene.performed).toEqual(['worker-1 pack 1', 'worker-2 send 1']);
  });

  it('the event is out before the successor, and again when its worker died in between', async () => {
    const scene = await Scene.open();
    const id = await scene.parcel();
    await dieAt(scene, await scene.worker('worker-1'), 'announced');
    await scene.line.clock.advance(1);
    expect(scene.events).toEqual(['started 0', 'advanced 1']);
    expect(scene.sent).toEqual(['intake-1 1/1']);
    await scene.worker('worker-2');
    await expectSucceeded(scene, id);
    expect(scene.events).toEqual(['started 0', 'advanced 1', 'advanced 1', 'succeeded 2']);
  });

  it('moved: nothing but the acknowledgement', async () => {
    const scene = await Scene.open();
    const id = await scene.parcel();
    await scene.worker('worker-1');
    await expectSucceeded(scene, id);
    const before = { sent: [...scene.sent], events: [...scene.events] };
    await scene.send(id, 1, 1);
    await expectSucceeded(scene, id);
    expect({ sent: scene.sent, events: scene.events }).toEqual(before);
  });

  it('an attempt that was parked instead of sent is followed by whoever has the message before it', async () => {
    const parked = new Latch();
    const scene = await Scene.open({
      wrapJournal: only('worker-1', (journal) => parked.holding(journal, 'changeHeads')),
    });
    const id = await scene.parcel();
    // No station consumes `send` yet. The worker dies when it has parked the step there, and has told nobody.
    const holder = await scene.worker('worker-1', ['pack']);
    await scene.line.until(parked.reached);
    holder.die();
    await scene.worker('worker-2');
    await scene.line.untilDrained();
    const { head, attempts } = await scene.line.history(id);
    expect(head.parked).toMatchObject({ step: 2, code: 'no-station' });
    expect(fatesOf(attempts, 2)).toEqual(['parked']);
    expect(scene.events.at(-1)).toBe('parked 2');
    expect((await scene.line.audit([id])).violations).toEqual([]);
  });
});

// A request for cancellation from every status, over the adapters in memory.
import { describe, expect, it } from '@jest/globals';
import { failed, retry, waiting } from '../../shared/core/outcome.ts';
import { CancelScene, type CancelSceneOptions, expectInOrder, type RunBehaviour } from '../support/cancel-scene.ts';
import { Latch } from '../support/latch.ts';
import { onCall } from '../support/on-call.ts';
import { UNTIL_DEAD_MS } from '../support/scene-checks.ts';

/** A line with a steward, a worker and one order. */
async function underWay(options: CancelSceneOptions = {}): Promise<{ scene: CancelScene; id: string }> {
  const scene = await CancelScene.open(options);
  const id = await scene.order();
  await scene.steward();
  await scene.worker('worker-1');
  return { scene, id };
}

/** An action that does not return until it is let go on. */
function slow(): { latch: Latch; behave: RunBehaviour } {
  const latch = new Latch();
  return {
    latch,
    behave: async () => {
      await latch.pass();
      return undefined;
    },
  };
}

async function expectCancelled(scene: CancelScene, id: string, request: string): Promise<void> {
  expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
  await expectInOrder(scene, [id]);
  expect(await scene.status(id)).toBe('cancelled');
  expect(scene.ledger.left).toEqual([]);
  const { head } = await scene.line.history(id);
  expect(head).not.toHaveProperty('cancelling');
}

describe('a workflow is cancelled', () => {
  it('that is queued: what was done is undone, and what stands in the queue is never performed', async () => {
    const scene = await CancelScene.open();
    const id = await scene.order();
    await scene.worker('worker-1', ['reserve']);
    await scene.steward();
    await scene.line.clock.advance(5_000);
    const request = await scene.cancel({ businessKey: 'order' });
    await scene.answered(request);
    await scene.worker('worker-2');
    await expectCancelled(scene, id, request);
    expect(scene.performed).toEqual(['worker-1 reserve 1', 'worker-1 undo reserve 1 committed']);
  });

  it('that has not begun: there is nothing to undo', async () => {
    const scene = await CancelScene.open();
    const id = await scene.order();
    await scene.steward();
    const request = await scene.cancel({ workflowId: id });
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await scene.worker('worker-1');
    await expectCancelled(scene, id, request);
    expect(scene.performed).toEqual([]);
  });

  it('although the steward’s quick readings miss the decisions that its course tells of', async () => {
    const { latch, behave } = slow();
    const { scene, id } = await underWay({
      run: { pay: behave },
      wrapJournal: (journal, process) =>
        process.id === 'steward-1' ? onCall(journal, 'findSnapshots', async () => []) : journal,
    });
    await scene.line.until(latch.reached);
    const request = await scene.cancel({ workflowId: id });
    await scene.line.clock.advance(5_000);
    latch.release();
    await expectCancelled(scene, id, request);
  });

  it('whose step is being performed: that is let finish, recorded and undone; nothing starts meanwhile', async () => {
    const { latch, behave } = slow();
    const { scene, id } = await underWay({ run: { pay: behave } });
    await scene.line.until(latch.reached);
    const request = await scene.cancel({ workflowId: id });
    await scene.line.clock.advance(5_000);
    expect(await scene.status(id)).toBe('cancelling');
    expect(await scene.answerTo(request)).toBeUndefined();
    latch.release();
    await expectCancelled(scene, id, request);
    expect(scene.performed).toEqual([
      'worker-1 reserve 1',
      'worker-1 pay 1',
      'worker-1 undo pay 1 committed',
      'worker-1 undo reserve 1 committed',
    ]);
  });

  it('whose holder is dying: when it is recorded dead, and its step is undone as possibly performed', async () => {
    const { latch, behave } = slow();
    const { scene, id } = await underWay({ run: { pay: behave } });
    await scene.line.until(latch.reached);
    scene.line.processes.find(({ id: name }) => name === 'worker-1')?.die();
    const request = await scene.cancel({ workflowId: id });
    await scene.line.clock.advance(2_000);
    expect(await scene.answerTo(request)).toBeUndefined();
    await scene.line.clock.advance(UNTIL_DEAD_MS);
    await scene.worker('worker-2');
    await expectCancelled(scene, id, request);
    expect(scene.performed).toContain('worker-2 undo pay 1 possibly');
  });

  it('that is delayed for a retry: the retry is not performed, and its step is undone as possibly performed', async () => {
    const { scene, id } = await underWay({ run: { pay: () => retry('busy', { afterMs: 3_600_000 }) } });
    await scene.line.clock.advance(3_000);
    const request = await scene.cancel({ workflowId: id });
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await scene.line.clock.advance(5_000);
    expect(await scene.status(id)).toBe('cancelled');
    await scene.line.untilDrained(2 * 3_600_000);
    await expectCancelled(scene, id, request);
    expect(scene.performed.filter((what) => what.includes(' pay'))).toEqual([
      'worker-1 pay 1',
      'worker-1 undo pay 1 possibly',
    ]);
  });

  it('that waits: the wait is closed, and its step is undone as possibly performed', async () => {
    const { scene, id } = await underWay({ run: { pay: () => waiting({ notification: 'paid-late' }) } });
    await scene.line.clock.advance(3_000);
    expect(await scene.status(id)).toBe('waiting');
    const request = await scene.cancel({ workflowId: id });
    await expectCancelled(scene, id, request);
    expect(await scene.line.journal.countOpenWaits()).toBe(0);
    expect(scene.performed).toContain('worker-1 undo pay 1 possibly');
  });

  it('that is parked', async () => {
    const { scene, id } = await underWay({ run: { pay: () => failed('unheard-of' as 'declined') } });
    await scene.line.clock.advance(3_000);
    expect(await scene.status(id)).toBe('parked');
    const request = await scene.cancel({ workflowId: id });
    await expectCancelled(scene, id, request);
    expect(scene.performed).toContain('worker-1 undo pay 1 possibly');
  });

  it('by another way, where its state names one', async () => {
    const { latch, behave } = slow();
    const { scene, id } = await underWay({ run: { ship: behave } });
    await scene.line.until(latch.reached);
    const request = await scene.cancel({ workflowId: id });
    await scene.line.clock.advance(3_000);
    latch.release();
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await expectInOrder(scene, [id]);
    const { head, snapshots } = await scene.line.history(id);
    expect(head.status).toBe('cancelled');
    expect(snapshots.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'run reserved',
      'run paid',
      'run shipped',
      'cancel returning',
      'run returned',
    ]);
    expect(scene.performed.some((what) => what.includes('undo'))).toBe(false);
  });

  it('when its deadline has passed, once, although two stewards look', async () => {
    const scene = await CancelScene.open({
      run: { pay: () => retry('busy', { afterMs: 3_600_000 }) },
      definition: { deadline: '1m' },
    });
    const id = await scene.order();
    await scene.steward('steward-1');
    await scene.steward('steward-2');
    await scene.worker('worker-1');
    await scene.line.clock.advance(55_000);
    expect(await scene.status(id)).toBe('running');
    await scene.line.clock.advance(10_000);
    expect(await scene.status(id)).toBe('cancelled');
    await scene.line.untilDrained(2 * 3_600_000);
    await expectInOrder(scene, [id]);
    const intents = await scene.line.journal.findIntents([id], 10);
    expect(intents.map(({ answer }) => answer)).toEqual([{ kind: 'accepted' }]);
    expect(await scene.line.journal.findPastDeadline(new Date(scene.line.clock.now()), 10)).toEqual([]);
  });
});

describe('a request is refused', () => {
  it('where the state says so, and the workflow goes on', async () => {
    const { scene, id } = await underWay({
      definition: { paid: { refuse: 'it is being packed' } },
      run: { ship: ({ attempt }) => (attempt === 1 ? retry('busy', { afterMs: 60_000 }) : undefined) },
    });
    await scene.line.clock.advance(2_000);
    const request = await scene.cancel({ workflowId: id });
    expect(await scene.answered(request)).toEqual({ kind: 'refused', state: 'paid', reason: 'it is being packed' });
    await expectInOrder(scene, [id]);
    expect(await scene.status(id)).toBe('succeeded');
  });

  it('on the way that a cancellation led to', async () => {
    const { latch, behave } = slow();
    const { scene, id } = await underWay({
      run: { ship: behave, 'take-back': () => retry('far', { afterMs: 60_000 }) },
      maxAttempts: 3,
    });
    await scene.line.until(latch.reached);
    const first = await scene.cancel({ workflowId: id });
    await scene.line.clock.advance(2_000);
    latch.release();
    await scene.answered(first);
    const second = await scene.cancel({ workflowId: id });
    expect(await scene.answered(second)).toEqual({
      kind: 'refused',
      state: 'returning',
      reason: 'it is on its way back',
    });
    expect(await scene.status(id)).toBe('running');
  });

  it('while it is undone after a failure', async () => {
    const { latch } = slow();
    const { scene, id } = await underWay({
      run: { pay: () => failed('declined') },
      undo: {
        reserve: async () => {
          await latch.pass();
          return undefined;
        },
      },
    });
    await scene.line.until(latch.reached);
    expect(await scene.status(id)).toBe('compensating');
    const request = await scene.cancel({ workflowId: id });
    expect(await scene.answered(request)).toMatchObject({ kind: 'refused', state: 'reserved' });
    latch.release();
    await expectInOrder(scene, [id]);
    const { head, snapshots } = await scene.line.history(id);
    expect(head.status).toBe('failed');
    expect(snapshots[1]?.failure).toMatchObject({ code: 'declined' });
    expect(scene.ledger.left).toEqual([]);
  });
});

describe('a request comes too late', () => {
  it('when the workflow has ended', async () => {
    const { scene, id } = await underWay();
    await scene.line.untilDrained();
    const request = await scene.cancel({ businessKey: 'order' });
    expect(await scene.answered(request)).toEqual({ kind: 'too-late', status: 'succeeded' });
    expect(await scene.status(id)).toBe('succeeded');
  });

  it('when the step that is let finish is the last one', async () => {
    const { latch, behave } = slow();
    const { scene, id } = await underWay({ run: { confirm: behave } });
    await scene.line.until(latch.reached);
    const request = await scene.cancel({ workflowId: id });
    await scene.line.clock.advance(2_000);
    latch.release();
    expect(await scene.answered(request)).toEqual({ kind: 'too-late', status: 'succeeded' });
    await expectInOrder(scene, [id]);
    expect(await scene.status(id)).toBe('succeeded');
  });
});

describe('a request', () => {
  it('that is repeated gets the answer that it has', async () => {
    const { scene, id } = await underWay({ run: { pay: () => retry('busy', { afterMs: 3_600_000 }) } });
    await scene.line.clock.advance(2_000);
    const first = await scene.cancel({ workflowId: id }, 'the same');
    await scene.answered(first);
    const again = await scene.cancel({ workflowId: id }, 'the same');
    expect(again).toBe(first);
    await scene.line.clock.advance(10_000);
    expect(await scene.answerTo(first)).toEqual({ kind: 'accepted' });
    expect(await scene.line.journal.findIntents([id], 10)).toHaveLength(1);
  });

  it('for a workflow whose start is still under way waits for it', async () => {
    const scene = await CancelScene.open();
    await scene.steward();
    const request = await scene.cancel({ businessKey: 'order' });
    await scene.line.clock.advance(3_000);
    const id = await scene.order();
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await scene.worker('worker-1');
    await expectInOrder(scene, [id]);
    expect(scene.performed).toEqual([]);
  });

  it('for a workflow that never comes is set aside with the reason', async () => {
    const scene = await CancelScene.open();
    await scene.steward();
    await scene.cancel({ businessKey: 'nobody' });
    await scene.line.clock.advance(120_000);
    expect(await scene.line.broker.depth('test.dead')).toBe(1);
    expect(scene.line.isDrained).toBe(true);
  });

  it('one of two at once is accepted, the other told so; one is undone once', async () => {
    const { scene, id } = await underWay({ run: { pay: () => retry('busy', { afterMs: 3_600_000 }) } });
    await scene.steward('steward-2');
    await scene.line.clock.advance(2_000);
    const requests = [await scene.cancel({ workflowId: id }), await scene.cancel({ workflowId: id })];
    const answers = await Promise.all(requests.map((request) => scene.answered(request)));
    const accepted = requests[answers.findIndex(({ kind }) => kind === 'accepted')];
    // Whether it was answered while the first was undone, or after that.
    expect(answers).toContainEqual({ kind: 'already-cancelling', by: accepted });
    await scene.line.untilDrained(2 * 3_600_000);
    await expectInOrder(scene, [id]);
    expect(scene.performed.filter((what) => what.includes('undo'))).toEqual([
      'worker-1 undo pay 1 possibly',
      'worker-1 undo reserve 1 committed',
    ]);
  });

  it('waits while a thousand others are open', async () => {
    const { scene, id } = await underWay({ run: { pay: () => retry('busy', { afterMs: 3_600_000 }) } });
    const { journal, clock } = scene.line;
    const other = (index: number) => ({
      _id: `other-${index}`,
      workflowId: 'BBBBBBBBBBBBBBBBBBBBBB',
      eventId: `${index}`,
    });
    const common = { reason: '', source: '/test', requestedAt: new Date(clock.now()), at: 0, state: 'open' } as const;
    for (let index = 0; index < 1_000; index += 1) await journal.insertIntents([{ ...common, ...other(index) }]);
    const request = await scene.cancel({ workflowId: id });
    await clock.advance(1_500);
    expect(await journal.readIntent(request)).toBeNull();
    // Their workflow is not there: the round closes them, and then there is room.
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
  });
});

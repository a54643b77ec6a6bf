// A request for cancellation from every status, over the adapters in memory; the interleavings are written down with pause points.
import { describe, expect, it } from '@jest/globals';
import { CancelScene, expectInOrder } from '../support/cancel-scene.ts';
import { Latch } from '../support/latch.ts';

describe('a request for cancellation', () => {
  it('of what was done undoes it, the newest first, and ends cancelled', async () => {
    const shipping = new Latch();
    const scene = await CancelScene.open({
      run: {
        ship: async () => {
          await shipping.pass();
          return undefined;
        },
      },
    });
    const id = await scene.order();
    await scene.worker('worker-1');
    await scene.steward();
    await scene.line.until(shipping.reached);
    const request = await scene.cancel({ workflowId: id });
    await scene.line.clock.advance(3_000);
    expect(await scene.status(id)).toBe('cancelling');
    shipping.release();
    // What was being performed is let finish; the state that it led to has a rule of its own.
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await expectInOrder(scene, [id]);
    expect(await scene.status(id)).toBe('cancelled');
  });

  it('before the last step was taken: what was queued is never performed', async () => {
    const scene = await CancelScene.open();
    const id = await scene.order();
    await scene.worker('worker-1', ['reserve']);
    await scene.steward();
    await scene.line.clock.advance(5_000);
    const request = await scene.cancel({ businessKey: 'order' });
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await scene.line.clock.advance(5_000);
    await scene.worker('worker-2');
    await expectInOrder(scene, [id]);
    expect(scene.performed).toEqual(['worker-1 reserve 1', 'worker-1 undo reserve 1 committed']);
    expect(scene.ledger.left).toEqual([]);
    expect(await scene.status(id)).toBe('cancelled');
  });
});

// Polls cost calls, not workers; what a poll says wrongly decides nothing.
import { describe, expect, it } from '@jest/globals';
import { completed, failed, pending, waiting } from '../../shared/core/outcome.ts';
import { WaitScene } from '../support/wait-scene.ts';

describe('pollMany', () => {
  it('polls many waits in few calls, and settles each by itself', async () => {
    const sizes: number[] = [];
    let firsts = 0;
    const scene = await WaitScene.open({
      waits: () => waiting({ poll: '60s' }),
      polling: { backoff: '60s', gather: { most: 100, within: '200ms' } },
      pollMany: async (calls) => {
        sizes.push(calls.length);
        if (calls.some(({ poll }) => poll === 1)) firsts += 1;
        return calls.map(({ businessKey, poll }) => {
          const number = Number(businessKey);
          if (number % 10 === 0) return failed('unpaid');
          return number % 3 === 0 && poll === 1 ? pending() : completed({ bank: businessKey });
        });
      },
    });
    await scene.worker('worker-1');
    const count = 500;
    await scene.startMany(count);
    await scene.line.clock.runUntil(() => scene.ends >= count, 600_000);
    const asked = sizes.reduce((sum, size) => sum + size, 0);
    expect(asked).toBe(count + Math.floor((count - 1) / 3) + 1 - (Math.floor((count - 1) / 30) + 1));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
    // The second polls are spread by their jitter; the first ones are due together.
    expect(firsts).toBeLessThan(count / 10);
    for (const [number, changes] of [
      [10, {}],
      [3, { bank: '3' }],
      [7, { bank: '7' }],
    ] as const) {
      const [head] = await scene.line.journal.findHeads({ businessKey: String(number) }, 1);
      expect(await scene.snapshot(head?._id ?? '')).toMatchObject({ by: 'poll', changes });
    }
    expect(scene.underWay).toBe(0);
  });

  it('holds the waits that came first for no longer than it gathers', async () => {
    const asked: number[] = [];
    const scene = await WaitScene.open({
      waits: () => waiting({ poll: '1s' }),
      polling: { gather: { most: 100, within: '500ms' } },
      pollMany: async (calls) => {
        asked.push(scene.line.clock.now());
        return calls.map(() => completed({ bank: 'many' }));
      },
    });
    await scene.worker('worker-1');
    const begunAt = scene.line.clock.now();
    const id = await scene.waitingOrder();
    await scene.until(async () => (await scene.status(id)) === 'succeeded');
    expect(asked).toHaveLength(1);
    expect((asked[0] ?? 0) - begunAt).toBeGreaterThanOrEqual(1_500);
    expect((asked[0] ?? 0) - begunAt).toBeLessThan(2_500);
  });

  it.each([
    ['too few answers', async () => []],
    ['no list', async () => 'done'],
    ['something that was not declared', async () => [failed('undeclared')]],
    ['an undeclared field', async () => [completed({ other: 1 })]],
    ['an error', () => Promise.reject(new Error('down'))],
  ])('goes on waiting when a poll brings %s, and asks again', async (_, answer) => {
    let calls = 0;
    const scene = await WaitScene.open({
      waits: () => waiting({ poll: '1s' }),
      polling: { backoff: '1s' },
      pollMany: async (asked) => {
        calls += 1;
        // What breaks the contract is what the test is about.
        return calls === 1 ? ((await answer()) as never) : asked.map(() => completed({ bank: 'later' }));
      },
    });
    await scene.worker('worker-1');
    const id = await scene.waitingOrder();
    await scene.until(async () => (await scene.status(id)) === 'succeeded');
    expect(await scene.snapshot(id)).toMatchObject({ by: 'poll', changes: { bank: 'later' } });
    expect(await scene.wait(id)).toMatchObject({ polls: 1 });
    expect((await scene.line.history(id)).attempts[0]).toMatchObject({ fate: 'waiting' });
  });
});

describe('poll', () => {
  it('is aborted at the action’s timeout, and the wait goes on', async () => {
    const aborted: boolean[] = [];
    const scene = await WaitScene.open({
      waits: () => waiting({ poll: '1s' }),
      polling: { backoff: '1s' },
      timeout: '3s',
      poll: ({ poll, signal }) => {
        if (poll > 1) return completed({ bank: 'second' });
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted.push(signal.aborted);
            void scene.line.clock.sleep(60_000).then(() => resolve(completed({ bank: 'too late' })));
          });
        });
      },
    });
    await scene.worker('worker-1');
    const id = await scene.waitingOrder();
    await scene.until(async () => (await scene.status(id)) === 'succeeded');
    expect(aborted).toEqual([true]);
    expect(await scene.snapshot(id)).toMatchObject({ changes: { bank: 'second' } });
  });

  it('takes no slot of its station: work goes on while every poll hangs', async () => {
    let under = 0;
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const scene = await WaitScene.open({
      waits: () => waiting({ notification: 'confirmed', poll: '1s' }),
      concurrency: 1,
      poll: async () => {
        under += 1;
        await released;
        return pending();
      },
    });
    await scene.worker('worker-1');
    const ids: string[] = [];
    for (let number = 0; number < 30; number += 1) ids.push(await scene.waitingOrder(`first-${number}`));
    await scene.line.clock.advance(2_000);
    expect(under).toBe(10); // calls at once
    const id = await scene.waitingOrder('later');
    expect((await scene.wait(id))?.attempt).toBe(1);
    release();
  });

  it('is asked with the key and the data that its action was performed with', async () => {
    const asked: object[] = [];
    const scene = await WaitScene.open({
      waits: () => waiting({ poll: '1s' }),
      poll: ({ idempotencyKey, poll, workflowId, businessKey }) => {
        asked.push({ idempotencyKey, poll, workflowId, businessKey });
        return completed({});
      },
    });
    await scene.worker('worker-1');
    const id = await scene.waitingOrder();
    await scene.until(async () => (await scene.status(id)) === 'succeeded');
    expect(asked).toEqual([{ idempotencyKey: `${id}/00001`, poll: 1, workflowId: id, businessKey: 'order' }]);
  });

  it('is given back unanswered by a worker that stops: another one asks', async () => {
    let isAsked = false;
    const scene = await WaitScene.open({
      waits: () => waiting({ poll: '1s' }),
      poll: ({ signal }) => {
        if (isAsked) return completed({ bank: 'other' });
        isAsked = true;
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        });
      },
      timeout: '60s',
    });
    const first = await scene.worker('worker-1');
    const id = await scene.waitingOrder();
    await scene.line.clock.runUntil(() => isAsked, 10_000);
    const stopped = first.stop();
    await scene.worker('worker-2');
    await scene.line.until(stopped);
    await scene.until(async () => (await scene.status(id)) === 'succeeded');
    expect(await scene.snapshot(id)).toMatchObject({ worker: 'worker-2', changes: { bank: 'other' } });
    expect(await scene.wait(id)).toMatchObject({ polls: 0 });
  });
});

describe('a ticket', () => {
  it('is set aside whole when it cannot be read', async () => {
    const scene = await WaitScene.open();
    await scene.worker('worker-1');
    await scene.sendTicketBody('{"specversion":"1.0"}');
    await scene.line.clock.advance(1_000);
    expect(scene.dead).toBe(1);
    expect(scene.underWay).toBe(0);
  });
});

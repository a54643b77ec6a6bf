// Whoever begins, asks after, or completes a wait may die between any two lines. Others go on, and what is left is in order: one
// completion, the wait closed, nothing under way.
import { describe, expect, it } from '@jest/globals';
import { completed, pending, waiting } from '../../shared/core/outcome.ts';
import { PAUSE_POINTS, type PausePoint } from '../../shared/runtime/pause-points.ts';
import { WaitScene, type WaitSceneOptions } from '../support/wait-scene.ts';

/** In the order in which they are passed. */
const POINTS = [
  'notification-kept',
  'wait-inserted',
  'wait-shown',
  'ticket-sent',
  'polled',
  'ticket-advanced',
  'wait-completing',
  'wait-completed',
  'announced',
  'wait-followed',
  'notification-used',
] as const satisfies readonly PausePoint[];
type Point = (typeof POINTS)[number];

interface Case {
  readonly options?: WaitSceneOptions;
  /** When the notification is sent. */
  readonly told?: 'before' | 'while it waits';
  readonly by: 'notification' | 'poll' | 'deadline';
  readonly status: 'succeeded' | 'failed';
  /** Points that nobody comes to. */
  readonly passesBy: readonly Point[];
}

const NO_TICKET = ['ticket-sent', 'polled', 'ticket-advanced'] as const;

const CASES: Readonly<Record<string, Case>> = {
  'a notification': { told: 'while it waits', by: 'notification', status: 'succeeded', passesBy: NO_TICKET },
  'a notification that came early': { told: 'before', by: 'notification', status: 'succeeded', passesBy: NO_TICKET },
  'a poll': {
    options: {
      waits: () => waiting({ poll: '1s' }),
      poll: ({ poll }) => (poll < 2 ? pending() : completed({ bank: 'polled' })),
    },
    by: 'poll',
    status: 'succeeded',
    passesBy: ['notification-kept'],
  },
  'its time': {
    options: { waits: () => waiting({ until: '5s' }) },
    by: 'deadline',
    status: 'succeeded',
    passesBy: ['notification-kept', 'polled', 'ticket-advanced'],
  },
  'its time, with a failure': {
    options: { waits: () => waiting({ until: '5s', otherwise: 'unpaid' }) },
    by: 'deadline',
    status: 'failed',
    passesBy: ['notification-kept', 'polled', 'ticket-advanced', 'announced'],
  },
};

it('knows every point of a wait', () => {
  const known = new Set<PausePoint>(POINTS);
  const unknown = PAUSE_POINTS.filter((point) => /^(wait|ticket|notification|poll)/.test(point) && !known.has(point));
  expect(unknown).toEqual([]);
});

describe.each(Object.entries(CASES))('a wait that is completed by %s', (_, { options, told, by, status, passesBy }) => {
  it.each(POINTS)('where somebody dies at "%s"', async (point) => {
    const scene = await WaitScene.open(options);
    const dead: string[] = [];
    scene.points.once(point, { step: point === 'notification-kept' ? 0 : 1 }, ({ worker }) => {
      dead.push(worker);
      scene.line.processes.find(({ id }) => id === worker)?.die();
      return undefined;
    });
    for (const number of [1, 2]) await scene.steward(`steward-${number}`);
    const id = await scene.line.start('payment', 'order');
    await scene.until(async () => (await scene.status(id)) === 'running');
    if (told === 'before') await scene.notify('n-1');
    for (const number of [1, 2]) await scene.worker(`worker-${number}`);
    if (told === 'while it waits') {
      await scene.until(async () => (await scene.wait(id))?.open === true);
      await scene.notify('n-1');
    }
    await scene.until(async () => (await scene.wait(id))?.open === false && scene.underWay === 0, 600_000, 1_000);
    expect(dead).toHaveLength(passesBy.includes(point) ? 0 : 1);
    expect(await scene.status(id)).toBe(status);
    expect(await scene.snapshot(id)).toMatchObject({ by, attempt: 1 });
    expect((await scene.notifications()).map(({ state }) => state)).toEqual(told ? ['used'] : []);
    expect((await scene.line.audit([id])).violations).toEqual([]);
  });
});

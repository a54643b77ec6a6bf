import { describe, expect, it } from '@jest/globals';
import { queueName } from '../../../shared/contract/topology.ts';
import type { Journal } from '../../../shared/journal/journal.ts';
import { parcelWorkflow, testAction } from '../../support/test-actions.ts';
import { TestLine } from '../../support/test-line.ts';
import { NAMESPACE } from '../../support/test-process.ts';

/** Long enough that its station takes no message ahead: one that is left lying would be the only one. */
const ONE_AT_A_TIME = { timeout: '20m', concurrency: 1 } as const;

/** A line whose workers' journal is broken by a mistake of the engine's own, as often as the test says. */
async function setUp(spoil: (journal: Journal) => void) {
  const line = new TestLine({
    wrapJournal: (journal, { id }) => {
      if (id === 'packer') spoil(journal);
      return journal;
    },
  });
  await line.prepare([parcelWorkflow()]);
  await line.addIntake();
  await line.addWorker([testAction('pack', undefined, ONE_AT_A_TIME), testAction('send')], 'packer');
  return line;
}

/** The first so many calls throw; the rest are done. */
function throwing(times: number) {
  const calledAt: number[] = [];
  return {
    calledAt,
    around:
      <Args extends readonly unknown[], Result>(line: () => TestLine, call: (...args: Args) => Promise<Result>) =>
      async (...args: Args): Promise<Result> => {
        calledAt.push(line().clock.monotonic());
        if (calledAt.length <= times) throw new TypeError('a mistake');
        return call(...args);
      },
  };
}

describe('a station that fails on a message before its claim', () => {
  it('sends it back each time for longer, holds no place meanwhile, and performs it once', async () => {
    const mistake = throwing(3);
    const line: TestLine = await setUp((journal) => {
      journal.findDefinition = mistake.around(() => line, journal.findDefinition.bind(journal));
    });
    const id = await line.start('parcel', 'order-1');
    await line.clock.runUntil(() => mistake.calledAt.length === 1, 5_000);
    await line.clock.advance(500);
    // The only place of the station is free: what waits, waits on the ladder.
    expect(line.server.depths().get(queueName.work(NAMESPACE, 'pack'))).toMatchObject({ ready: 0, unacknowledged: 0 });
    await line.untilDrained();
    const pauses = mistake.calledAt
      .slice(1, 4)
      .map((at, index) => Math.round((at - (mistake.calledAt[index] ?? 0)) / 1_000));
    expect(pauses).toEqual([1, 2, 4]);
    const { head, attempts } = await line.history(id);
    expect(head.status).toBe('succeeded');
    expect(attempts.map(({ step, attempt }) => [step, attempt])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect((await line.audit([id])).violations).toEqual([]);
  });
});

import { Fatal } from '../../shared/core/errors.ts';
import type { Service } from '../../shared/runtime/service.ts';
import { SeededRandom } from '../../shared/testing/seeded-random.ts';
import { settle } from '../../shared/testing/virtual-clock.ts';

export interface StressOptions {
  /** Default 20. */
  readonly rounds?: number;
  /** Calls that are under way at once. Default 10. */
  readonly callers?: number;
  readonly seed?: number;
}

/**
 * Starts and stops a service from many callers at once, each some turns of the event loop after the other as the seed decides, round after round. Checks what
 * every service promises: each call ends, a start rejects only with Fatal `stopped`, a stop never rejects, and after the
 * last stop it does not work any more.
 *
 * @param create one service per round; one that can be started again may be the same each time
 */
export async function stressService(
  create: () => Service,
  { rounds = 20, callers = 10, seed = 1 }: StressOptions = {},
): Promise<void> {
  const random = new SeededRandom(seed);
  for (let round = 1; round <= rounds; round += 1) {
    const service = create();
    const calls = Array.from({ length: callers }, async () => {
      const turns = random.below(10);
      const isStop = random.chance(0.5);
      for (let turn = 0; turn < turns; turn += 1) await settle();
      await (isStop ? service.stop() : service.start().catch(unlessStopped));
    });
    await Promise.all(calls);
    await service.stop();
    if (service.started) throw new Error(`seed ${seed}, round ${round}: it still works after the last stop`);
  }
}

function unlessStopped(error: unknown): void {
  if (!(error instanceof Fatal && error.code === 'stopped')) throw error;
}

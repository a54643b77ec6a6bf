import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../shared/core/clock.ts';
import { type Cleaning, leavePremises } from './premises.ts';

/** Longer than the processes take that were on the dev command's leash: what they use must not vanish before them. */
const OTHERS_STOP_MS = 12_000;

const builtOnlyForThis = { programs: z.string().nullable() };
const cleaningSchema: z.ZodType<Cleaning> = z.discriminatedUnion('kind', [
  z.object({ ...builtOnlyForThis, kind: z.literal('servers'), directory: z.string() }),
  z.object({
    ...builtOnlyForThis,
    kind: z.literal('namespace'),
    amqpUrl: z.string(),
    mongodbUrl: z.string(),
    namespace: z.string(),
    actions: z.array(z.string()),
  }),
]);

/**
 * A process that outlives the dev command and cleans up behind it, in case it dies in a way that lets it clean up nothing itself
 * (SIGKILL, a crash, a closed terminal).
 */
export class Janitor {
  readonly #process: ChildProcess;

  /** @param programs where the programs were built */
  constructor(programs: string, cleaning: Cleaning) {
    this.#process = spawn(process.execPath, [path.join(programs, 'services/dev/main.js'), 'clean-up'], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // It is a second net: when it cannot be spread, the first one still holds.
    this.#process.on('error', () => {});
    this.#process.send(cleaning);
    this.#process.unref();
    this.#process.channel?.unref();
  }

  /** Everything is clean already. */
  dismiss(): void {
    this.#process.kill('SIGTERM');
  }
}

/** What the janitor's process does: waits for the dev command to be gone. */
export async function cleanUpBehindParent(clock: Clock): Promise<void> {
  const [message]: unknown[] = await once(process, 'message');
  const cleaning = cleaningSchema.parse(message);
  if (process.connected) await once(process, 'disconnect');
  await clock.sleep(OTHERS_STOP_MS);
  await leavePremises(cleaning);
}

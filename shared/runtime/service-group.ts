import type { Clock } from '../core/clock.ts';
import { Fatal } from '../core/errors.ts';
import type { Log } from './log.ts';
import { BaseService, type Service } from './service.ts';
import { RESERVED_SHARE } from './stop-budget.ts';

export interface GroupOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Stopping all of them takes no longer than this, milliseconds. */
  readonly stopMs: number;
}

/**
 * Services that depend on each other: started in the order given, stopped in reverse. A start that fails or is overtaken by a
 * stop takes back what was begun. A service that fails to stop, or does not end in its share of the time, is reported and passed over, so that
 * the others are stopped all the same; then `stop` rejects with Fatal `stop-incomplete`.
 */
export class ServiceGroup extends BaseService {
  readonly #services: readonly (readonly [name: string, service: Service])[];
  readonly #options: GroupOptions;
  /** Those whose start was begun, in order. */
  #begun: (readonly [name: string, service: Service])[] = [];

  constructor(services: Readonly<Record<string, Service>>, options: GroupOptions) {
    super();
    this.#services = Object.entries(services);
    this.#options = options;
  }

  protected override async onStart(signal: AbortSignal): Promise<void> {
    const overtaken = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    overtaken.catch(() => {}); // there may be nobody racing against it at that moment
    try {
      for (const entry of this.#services) {
        signal.throwIfAborted();
        this.#begun.push(entry);
        // A service may not listen to its signal, or have none: the group does not wait for it.
        await Promise.race([entry[1].start(), overtaken]);
      }
    } catch (error) {
      await this.onStop().catch((incomplete: unknown) => {
        this.#options.log.error({ err: incomplete }, 'not everything was taken back after a failed start');
      });
      throw error;
    }
  }

  protected override async onStop(): Promise<void> {
    const { clock, stopMs } = this.#options;
    const reserve = stopMs * RESERVED_SHARE;
    const end = clock.monotonic() + stopMs;
    const unstopped: string[] = [];
    const pending = this.#begun.reverse();
    this.#begun = [];
    for (const [index, [name, service]] of pending.entries()) {
      const kept = reserve * (pending.length - 1 - index);
      if (!(await this.#stopOne(name, service, Math.max(reserve, end - clock.monotonic() - kept))))
        unstopped.push(name);
    }
    if (unstopped.length > 0) throw new Fatal('stop-incomplete', { parts: unstopped.join(', ') });
  }

  /** False: it failed, or did not end within `limitMs`. */
  async #stopOne(name: string, service: Service, limitMs: number): Promise<boolean> {
    const { clock, log } = this.#options;
    const ended = new AbortController();
    try {
      const outcome = await Promise.race([
        service.stop().then(() => 'stopped' as const),
        clock.sleep(limitMs, ended.signal).then(() => 'late' as const),
      ]);
      if (outcome === 'late') log.error({ part: name, limitMs }, 'a part of the process did not stop in time');
      return outcome === 'stopped';
    } catch (error) {
      log.error({ part: name, err: error }, 'a part of the process failed to stop');
      return false;
    } finally {
      ended.abort();
    }
  }
}

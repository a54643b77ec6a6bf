import type { Clock } from '../../core/clock.ts';

/** How often at most a missing exchange is asked for again. */
const ASK_AGAIN_MS = 1_000;

/**
 * Exchanges that do not exist. A publish to one closes the channel, and with it every publish under way, so it is not tried a
 * second time: while an exchange is known to be missing, messages for it are turned away, and it is asked for apart.
 */
export class MissingExchanges {
  private readonly names = new Set<string>();
  private readonly clock: Clock;
  private readonly ask: (exchanges: readonly string[]) => Promise<readonly string[]>;
  private isAsking = false;
  private askAgainAt = 0;

  /** @param ask which of these exchanges are missing; may create them on the way; must not reject */
  constructor(clock: Clock, ask: (exchanges: readonly string[]) => Promise<readonly string[]>) {
    this.clock = clock;
    this.ask = ask;
  }

  /** Whether the exchange is known to be missing. Asks again now and then, so that the answer changes. */
  has(exchange: string): boolean {
    if (!this.names.has(exchange)) return false;
    if (!this.isAsking && this.clock.monotonic() >= this.askAgainAt) void this.find([...this.names]);
    return true;
  }

  /** One of these may be missing: messages for them are turned away until that is known. */
  suspect(exchanges: ReadonlySet<string>): void {
    for (const exchange of exchanges) this.names.add(exchange);
    if (!this.isAsking) void this.find([...this.names]);
  }

  private async find(exchanges: readonly string[]): Promise<void> {
    this.isAsking = true;
    const missing = new Set(await this.ask(exchanges));
    for (const exchange of exchanges) if (!missing.has(exchange)) this.names.delete(exchange);
    this.isAsking = false;
    this.askAgainAt = this.clock.monotonic() + ASK_AGAIN_MS;
  }
}

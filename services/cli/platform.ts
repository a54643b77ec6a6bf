import type { Broker } from '../../shared/broker/broker.ts';
import type { Clock, Random } from '../../shared/core/clock.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import type { Config, Environment } from '../../shared/runtime/config.ts';

/** Where text goes. */
export interface Screen {
  write(text: string): void;
  /** Whether a person looks at it: then it has colours. */
  readonly isTerminal: boolean;
}

/** What the command line has of the process around it. `main.ts` makes the real one, tests make theirs. */
export interface Platform {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly random: Random;
  readonly out: Screen;
  readonly err: Screen;
  /** Aborts when the person at the prompt has seen enough (Ctrl-C), for commands that go on until then. */
  readonly interrupted: AbortSignal;
  /** @throws Unavailable `journal-unavailable` within seconds; Fatal */
  connectJournal(config: Pick<Config, 'mongodbUrl' | 'namespace'>): Promise<Journal>;
  /** Each of its methods ends within seconds, also when nobody answers. */
  connectBroker(config: Pick<Config, 'amqpUrl' | 'namespace'>): Broker;
}

import { describe, jest } from '@jest/globals';
import type { Broker } from '../../shared/broker/broker.ts';
import { closeContract } from './broker/close.ts';
import { consumeContract } from './broker/consume.ts';
import { deadLetterContract } from './broker/dead-letter.ts';
import { declareContract } from './broker/declare.ts';
import { delayContract } from './broker/delay.ts';
import { listenContract } from './broker/listen.ts';
import { lossContract } from './broker/loss.ts';
import { publishContract } from './broker/publish.ts';

/** What the adapter under test may do that another may not. */
export interface BrokerFeatures {
  /** Whether a call of the test may put a message there twice, because the first outcome was unknown. */
  readonly duplicates: boolean;
  /** How late a delayed message may be on a busy machine, milliseconds. */
  readonly latenessMs: number;
}

export interface BrokerUnderTest {
  readonly broker: Broker;
  /** Breaks the connection, as the network does; the adapter connects again by itself. */
  drop(): void;
}

/** The adapter under test, with a server behind it. */
export interface BrokerSetup {
  readonly features: BrokerFeatures;
  /** A connection of its own, as one more process has it. The suite closes it. */
  connect(): Promise<BrokerUnderTest>;
  /** Stops the server and starts it again, with its data. Resolves when it takes connections. */
  readonly restartServer?: (() => Promise<void>) | undefined;
}

/** The second half of the broker port: what its comments promise, every adapter is held to. */
export function brokerContract(name: string, setup: () => BrokerSetup): void {
  // Above the limits of the facts that are waited for, so that a failure says which one did not come.
  jest.setTimeout(60_000);
  describe(`broker contract: ${name}`, () => {
    publishContract(setup);
    consumeContract(setup);
    listenContract(setup);
    deadLetterContract(setup);
    delayContract(setup);
    declareContract(setup);
    closeContract(setup);
    lossContract(setup);
  });
}

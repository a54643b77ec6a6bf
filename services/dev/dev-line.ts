import type { Broker } from '../../shared/broker/broker.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import type { Service } from '../../shared/runtime/service.ts';

/** The metrics of one process, in Prometheus' text format. */
export interface Scrape {
  /** Names one process for good: one that takes its place has another name. */
  readonly process: string;
  readonly text: string;
}

/** How many orders, and which: the same seed makes the same orders. */
export interface OrdersToPlace {
  readonly seed: string;
  readonly count: number;
}

/** Somebody who takes parked workflows up again. */
export interface Operator {
  /** Whether a workflow that is parked with this code is taken up again, and need not be given up on. */
  takesUp(code: string | undefined): boolean;
  /** Resolves when it is on the line again. */
  takeUp(workflowId: string): Promise<void>;
}

/** The orders line, whichever way it runs. */
export interface DevLine extends Service {
  readonly namespace: string;
  /** The actions with a station, in the order in which an order passes them. */
  readonly actions: readonly string[];
  /** A connection of the dev command's own; usable once the line is started. */
  readonly broker: Broker;
  /** Likewise. */
  readonly journal: Journal;
  /** Where the stub of the shop's other services answers. */
  readonly downstreamUrl: string;
  /** Aborts when the line cannot go on; the reason says why. */
  readonly broken: AbortSignal;
  /** Publishes the start events; resolves when the broker has confirmed them all. Ends early, unfinished, when `signal` aborts. */
  placeOrders(orders: OrdersToPlace, signal: AbortSignal): Promise<void>;
  scrape(): Promise<readonly Scrape[]>;
  /** From now on until the returned function is called, something dies every second, if that was asked for. */
  beginTrouble(): () => void;
  /** Undefined: nobody is there. */
  readonly operator: Operator | undefined;
  /** What somebody may want to look at while it stays up: names and addresses. */
  addresses(): readonly (readonly [name: string, address: string])[];
}

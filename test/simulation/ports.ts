import type { Broker, OutgoingMessage } from '../../shared/broker/broker.ts';
import { exchangeName } from '../../shared/contract/topology.ts';
import type { Clock } from '../../shared/core/clock.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import type { SeededRandom } from '../../shared/testing/seeded-random.ts';
import { FaultyBroker } from '../support/faulty-broker.ts';
import { faultyJournal, type JournalFaults } from '../support/faulty-journal.ts';
import { onCall } from '../support/on-call.ts';
import { NAMESPACE, type TestProcess } from '../support/test-process.ts';
import { Landings, type Observer, observedJournal } from './observed-journal.ts';
import type { Fault, Plan } from './plan.ts';
import { Latency, slowPort } from './slow-port.ts';

const NO_FAULTS = { overload: 0, timeout: 0, executedThenTimeout: 0 };

/** Of the messages that were sent, so many are kept to be sent again. */
const MOST_REMEMBERED = 500;

const SLOW_CALLS = new Set<string>([
  'insertHeads',
  'insertAttempts',
  'insertSnapshots',
  'settleAttempt',
  'changeHeads',
  'readStep',
  'readSnapshot',
  'findAttempted',
  'readHead',
  'judgeHolder',
  'renew',
  'openIntents',
  'insertIntents',
  'pinIntents',
  'closeIntents',
  'readCourses',
  'readHeads',
  'findSnapshots',
  'readWorkers',
  'insertWaits',
  'readWaits',
  'advanceWaits',
  'markTickets',
  'closeWaits',
  'findOpenWaits',
  'insertNotifications',
  'findKeptFor',
  'pinNotifications',
  'settleNotifications',
] satisfies (keyof Journal)[]);
const LATE_WRITES = new Set<string>([
  'insertAttempts',
  'insertSnapshots',
  'settleAttempt',
  'insertWaits',
  'advanceWaits',
  'insertNotifications',
  'insertIntents',
  'pinIntents',
  'closeIntents',
  'pinNotifications',
  'settleNotifications',
] satisfies (keyof Journal)[]);
const SLOW_SENDING = new Set<string>(['publish'] satisfies (keyof Broker)[]);

interface Cancelled {
  /** Told when a cancellation has decided a step. */
  onCancelled(workflowId: string, step: number): void;
}

/** The ports as the processes meet them, with everything that can go wrong on the way to a server and back. */
export class Ports {
  /** Of all processes; may be changed at any time. */
  readonly journalFaults = { ...NO_FAULTS };
  readonly brokerFaults = { ...NO_FAULTS };
  /** Processes that do not reach the journal. */
  readonly cut = new Set<TestProcess>();
  /** Messages of the engine, and events from outside: what may come again. */
  readonly sent: OutgoingMessage[] = [];
  readonly landings: Landings;
  readonly #plan: Plan;
  readonly #random: SeededRandom;
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #latency: Latency;
  #isTrouble = true;

  constructor(plan: Plan, random: SeededRandom, clock: Clock, observer: Observer & Cancelled) {
    this.landings = new Landings((workflowId, step) => observer.onCancelled(workflowId, step));
    this.#plan = plan;
    this.#random = random;
    this.#clock = clock;
    this.#observer = observer;
    this.#latency = new Latency(random.fork('latency'));
    const has = (fault: Fault): boolean => plan.faults.has('calls') || plan.faults.has(fault);
    for (const faults of [this.journalFaults, this.brokerFaults]) {
      faults.overload = has('overload') ? 0.1 : 0;
      faults.timeout = has('timeout') ? 0.05 : 0;
      faults.executedThenTimeout = has('executed-then-timeout') ? 0.05 : 0;
    }
  }

  /** Every call arrives from now on, and none is late. */
  heal(): void {
    this.#isTrouble = false;
    Object.assign(this.journalFaults, NO_FAULTS);
    Object.assign(this.brokerFaults, NO_FAULTS);
    this.cut.clear();
  }

  wrapJournal(journal: Journal, process: TestProcess): Journal {
    const { faults } = this.#plan;
    const lateMs = (): number => (this.#isTrouble ? this.#latency.lateMs() : 0);
    const callMs = (): number => this.#latency.callMs();
    const watched = this.landings.watch(journal);
    const late = faults.has('late-writes') ? slowPort(watched, LATE_WRITES, this.#clock, lateMs) : watched;
    const faulty = faultyJournal(late, this.#faultsOf(process), this.#random.fork(`journal/${process.id}`));
    const slow = faults.has('latency') ? slowPort(faulty, SLOW_CALLS, this.#clock, callMs) : faulty;
    return observedJournal(slow, process, this.#observer);
  }

  wrapBroker(broker: Broker, process: TestProcess): Broker {
    const confirmMs = (): number => this.#latency.confirmMs();
    const faulty = new FaultyBroker(broker, this.brokerFaults, this.#random.fork(`broker/${process.id}`));
    const isSlow = this.#plan.faults.has('latency');
    const slow = isSlow ? slowPort<Broker>(faulty, SLOW_SENDING, this.#clock, confirmMs) : faulty;
    return onCall<Broker>(slow, 'publish', (call, [message]) => {
      this.#remember(message as OutgoingMessage); // what publish is given
      return call();
    });
  }

  #remember(message: OutgoingMessage): void {
    if (message.exchange === exchangeName.events(NAMESPACE) || this.sent.length >= MOST_REMEMBERED) return;
    this.sent.push(message);
  }

  /** The journal's faults as one process meets them. */
  #faultsOf(process: TestProcess): JournalFaults {
    const { journalFaults, cut } = this;
    return {
      get overload() {
        return cut.has(process) ? 1 : journalFaults.overload;
      },
      get timeout() {
        return journalFaults.timeout;
      },
      get executedThenTimeout() {
        return journalFaults.executedThenTimeout;
      },
    };
  }
}

import { stationTopology } from '../contract/topology.ts';
import type { Action } from '../core/action.ts';
import { Fatal } from '../core/errors.ts';
import { cutText } from '../core/limits.ts';
import type { Attempt, Fate, Settlement, WorkerRecord } from '../journal/records.ts';
import { publishContracts } from './contract-publication.ts';
import { Gate } from './gate.ts';
import { groupWrites } from './journal-writes.ts';
import { KnownIntents } from './known-intents.ts';
import type { Line } from './line.ts';
import { Liveness } from './liveness.ts';
import { CallsUnderWay } from './middleware/interruption.ts';
import { type PausePoint, pauseAt } from './pause-points.ts';
import { type RightToAct, untilKnown } from './right-to-act.ts';
import { Runs } from './runs.ts';
import { Sender } from './sender.ts';
import { BaseService } from './service.ts';
import { Station } from './station.ts';
import type { StationContext } from './station-context.ts';
import { FENCED_MS, GIVE_UP_MS } from './stop-budget.ts';
import { WaitStation } from './wait-station.ts';

export interface WorkerOptions {
  readonly actions: readonly Action[];
  /** Identity of this process: its id must never have been used before. */
  readonly identity: Omit<WorkerRecord, 'actions'>;
  /** LIVENESS_TIMEOUT, milliseconds. */
  readonly livenessTimeoutMs: number;
  /** How long a clean stop lets actions finish before it interrupts them, milliseconds. */
  readonly graceMs: number;
  /** Called when the process has lost its right to act and has let go of everything: it must exit now. */
  onFenced(error: Fatal): void;
}

/**
 * A worker process: hosts the stations of its actions under one identity.
 *
 *   new → started → stopping → stopped       everything settled, the heartbeat removed last
 *              ↘ fenced                      the right to act is lost: actions aborted, attempts released if the journal answers
 */
export class Worker extends BaseService {
  readonly #line: Line;
  readonly #options: WorkerOptions;
  readonly #liveness: Liveness;
  /** Each action's place for work, and that for its waits. */
  readonly #stations: readonly (Station | WaitStation)[];
  readonly #right: RightToAct;
  readonly #callsUnderWay = new CallsUnderWay();
  readonly #held = new Map<string, Attempt>();
  readonly #intents = new KnownIntents();
  #fencing: Promise<void> | undefined;
  #state: 'new' | 'started' | 'stopping' | 'stopped' | 'fenced' = 'new';

  constructor(line: Line, options: WorkerOptions) {
    super();
    this.#options = options;
    const worker: WorkerRecord = { ...options.identity, actions: options.actions.map(({ name }) => name) };
    const { journal, clock, log, random, metrics } = line;
    const { livenessTimeoutMs: timeoutMs } = options;
    this.#liveness = new Liveness({ journal, clock, log, worker, timeoutMs, intents: this.#intents });
    // Asked again when a batch leaves: what was gathered before a pause of the process must not be written after it.
    this.#line = { ...line, writes: groupWrites(journal, metrics, () => this.#liveness.mayAct()) };
    this.#liveness.onLost((lost) => {
      this.#fencing = this.#fence(lost);
    });
    this.#right = { clock, random, ended: this.#liveness.ended, mayAct: () => this.#liveness.mayAct() };
    const gate = new Gate();
    const runs = new Runs();
    const sender = new Sender(this.#line, this.#right);
    this.#stations = options.actions.flatMap((action) => {
      const context = this.#contextOf(action, sender);
      return [new Station(context, gate, runs), new WaitStation(context, gate)];
    });
  }

  override get started(): boolean {
    return super.started && this.#state === 'started';
  }

  /** @throws Fatal `contract-conflict` when an action no longer fits a registered definition; `stopped` at a second start */
  protected override async onStart(signal: AbortSignal): Promise<void> {
    // Its id has had its life: what acts under it again could be taken for dead.
    if (this.#state !== 'new') throw new Fatal('stopped', { what: `Worker ${this.#options.identity._id}` });
    const { journal, clock } = this.#line;
    await publishContracts(
      journal,
      clock,
      this.#options.actions.map(({ contract }) => contract),
    );
    for (const { name } of this.#options.actions) {
      await this.#line.broker.declare(stationTopology(this.#line.namespace, name));
    }
    signal.throwIfAborted();
    await this.#liveness.start();
    this.#state = 'started';
    try {
      await Promise.all(this.#stations.map((station) => station.open(signal)));
    } catch (error) {
      await this.onStop();
      throw error;
    }
  }

  /** Takes no new work, lets actions finish within the grace, interrupts those that do not, and leaves with nothing held. */
  protected override async onStop(): Promise<void> {
    if (this.#state === 'started') await this.#leave();
    await this.#fencing; // it ends the process, and not as a clean stop does
  }

  async #leave(): Promise<void> {
    this.#state = 'stopping';
    await Promise.all(this.#stations.map((station) => station.close()));
    const settled = Promise.all(this.#stations.map((station) => station.settled()));
    if (!(await this.#within(this.#options.graceMs, settled))) {
      this.#callsUnderWay.interrupt('the process stops');
      if (!(await this.#within(GIVE_UP_MS, settled))) {
        // What still runs cannot be called back, so its attempt may not be given back either: the heartbeat stays, and the
        // others judge it when it has run out.
        this.#line.log.warn({ left: this.#callsUnderWay.size }, 'stopping although actions ignore their abort signal');
        this.#liveness.abandon();
        this.#state = 'stopped';
        return;
      }
    }
    await this.#liveness.stop();
    this.#state = 'stopped';
  }

  #contextOf(action: Action, sender: Sender): StationContext {
    const line = this.#line;
    const workerId = this.#options.identity._id;
    return {
      line,
      action,
      workerId,
      sender,
      livenessTimeoutMs: this.#options.livenessTimeoutMs,
      right: this.#right,
      callsUnderWay: this.#callsUnderWay,
      held: this.#held,
      intents: this.#intents,
      pause: (point: PausePoint, at) => pauseAt({ line, workerId }, point, at),
      settle: (attempt, settlement) => this.#settle(attempt, settlement),
    };
  }

  async #settle(attempt: Attempt, settlement: Omit<Settlement, 'at'>): Promise<Fate> {
    const { journal, clock } = this.#line;
    const reason = settlement.reason === undefined ? {} : { reason: cutText(settlement.reason) };
    const at = new Date(clock.now());
    const fate = await untilKnown(
      () => journal.settleAttempt(attempt._id, { ...settlement, ...reason, at }),
      this.#right,
    );
    // It was inserted before it is settled, so it is there unless its workflow was removed; then nothing follows from it.
    return fate ?? settlement.fate;
  }

  /**
   * The right to act is lost. Abort what is performed, release it if the journal answers (safe at any time: the first fate
   * stands), and exit before the others may go on: that alone stops an action that ignores its signal.
   */
  async #fence(lost: Fatal): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#state = 'fenced';
    this.#line.log.error({ err: lost, performing: this.#callsUnderWay.size }, 'fenced: the process ends');
    this.#callsUnderWay.interrupt('liveness lost');
    const stopped = Promise.all(this.#stations.map((station) => station.settled()));
    if (await this.#within(FENCED_MS / 2, stopped)) await this.#within(FENCED_MS / 2, this.#releaseHeld());
    this.#options.onFenced(lost);
  }

  async #releaseHeld(): Promise<void> {
    const { journal, clock, log } = this.#line;
    const at = new Date(clock.now());
    const released = await Promise.allSettled(
      [...this.#held.keys()].map((attemptId) => journal.settleAttempt(attemptId, { fate: 'released', at })),
    );
    const failed = released.filter(({ status }) => status === 'rejected').length;
    if (failed > 0) log.warn({ failed }, 'attempts not released; the next workers find them lost');
  }

  async #within(ms: number, done: Promise<unknown>): Promise<boolean> {
    const over = new AbortController();
    const inTime = await Promise.race([
      done.then(() => true),
      this.#line.clock.sleep(ms, over.signal).then(() => false),
    ]);
    over.abort();
    return inTime;
  }
}

import { Refused } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Journal } from '../journal/journal.ts';
import type { Status, WorkflowHistory } from '../journal/records.ts';
import { renderTimeline } from '../runtime/timeline.ts';
import type { LineTime } from './line-time.ts';
import type { SetAsides } from './set-asides.ts';
import { statesOf, timelineLines } from './timeline-lines.ts';

export interface HandleOptions {
  readonly id: string;
  readonly key: string;
  readonly workflow: string;
  readonly journal: Pick<Journal, 'readHistory'>;
  readonly time: LineTime;
  readonly setAsides: SetAsides;
  /** The state in which a workflow of this definition begins. */
  initialState(version: number): Promise<string>;
}

/**
 * One workflow of a test. Whatever is asked of it is answered after the line has settled: what could happen without time passing has
 * happened.
 */
export class WorkflowHandle {
  readonly id: string;
  /** The business key. */
  readonly key: string;
  readonly workflow: string;
  readonly #options: HandleOptions;

  constructor(options: HandleOptions) {
    this.id = options.id;
    this.key = options.key;
    this.workflow = options.workflow;
    this.#options = options;
  }

  /** `running`, `waiting`, `parked`, `succeeded` … */
  async status(): Promise<Status> {
    return (await this.history()).head.status;
  }

  /** Where it stands, e.g. `paid`. */
  async state(): Promise<string> {
    const { head, snapshots } = await this.history();
    return snapshots.at(-1)?.state ?? this.#options.initialState(head.version);
  }

  /** Its data, as the next action would get it. */
  async data(): Promise<JsonObject> {
    const { head, snapshots } = await this.history();
    return snapshots.at(-1)?.data ?? head.input;
  }

  /** A line for each attempt, e.g. `2 charge retried: action-threw`, `2 charge completed → paid`. */
  async timeline(): Promise<readonly string[]> {
    return timelineLines(await this.history());
  }

  /** The states that it came to after its first one, in order. */
  async states(): Promise<readonly string[]> {
    return statesOf(await this.history());
  }

  /** The timeline as `conveyor show` prints it. */
  async render(): Promise<string> {
    return renderTimeline(await this.history());
  }

  /** Whether it holds; on real servers within a limit. */
  holds(check: () => Promise<boolean>): Promise<boolean> {
    return this.#options.time.holds(check);
  }

  /**
   * Everything that the journal has of it.
   * @throws Refused `workflow-unknown` when it was not started; Error with the reason when its start event was refused
   */
  async history(): Promise<WorkflowHistory> {
    const { journal, time, setAsides } = this.#options;
    await time.settle();
    const history = await journal.readHistory(this.id);
    if (history) return history;
    const refusal = setAsides.of(this.id);
    if (refusal) throw new Error(`${this.workflow} ${this.key} was not started: ${refusal.reason}`);
    throw new Refused('workflow-unknown', { key: this.id });
  }
}

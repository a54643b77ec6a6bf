import type { Delivery } from '../../broker/broker.ts';
import { type LifecycleEvent, lifecycleEventSchema } from '../../contract/lifecycle-event.ts';
import type { WorkflowDefinition } from '../../core/workflow-definition.ts';
import type { WorkflowHistory } from '../../journal/records.ts';
import type { Finding } from './finding.ts';
import { keyOf, type Milestone, milestonesOf } from './milestones.ts';

/** Beyond it nothing more is kept, and it is not said any more what is missing: some 200 bytes each. */
const MOST_KEPT = 500_000;

/** Of these it is not fixed where they stand among the others: who says so and who goes on are two, and need not meet. */
const UNORDERED: ReadonlySet<string> = new Set(['waiting', 'parked', 'resumed', 'retrying']);

/** When it was listened. Facts that fall into it must have been heard. */
export interface Hearing {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

interface Heard {
  /** Keys, in the order in which each was heard for the first time: they come at least once. */
  readonly keys: Set<string>;
  readonly malformed: string[];
  isKnown: boolean;
}

/**
 * I6: what is heard of `conveyor.events` while a line runs, held against its journal. For each workflow: every id is what the contract
 * says; what was announced has happened; it was announced in its order; and what happened meanwhile was announced.
 */
export class HeardEvents {
  readonly #source: string;
  readonly #heard = new Map<string, Heard>();
  #hearing: Hearing | undefined;
  #events = 0;
  #foreign = 0;
  #isCut = false;

  constructor(namespace: string) {
    this.#source = `/conveyor/${namespace}`;
  }

  /** First occurrences. */
  get events(): number {
    return this.#events;
  }

  get workflows(): number {
    return this.#heard.size;
  }

  /** Messages that are no lifecycle event. */
  get foreign(): number {
    return this.#foreign;
  }

  /** Whether so many came that not all were kept: then nothing is missed. */
  get isCut(): boolean {
    return this.#isCut;
  }

  take({ body, routingKey, messageId }: Pick<Delivery, 'body' | 'routingKey' | 'messageId'>): void {
    const event = parse(body);
    if (!event) {
      this.#foreign += 1;
      return;
    }
    const { workflowid, id, data } = event;
    const heard = this.#of(workflowid);
    const name = event.type.slice('conveyor.workflow.'.length);
    const attempt = /^[^/]+\/\d+\/(\d+)\/[a-z]+$/.exec(id)?.[1];
    const key = `${data.step}/${attempt}/${name}`;
    if (heard.keys.has(key)) return;
    if (this.#events >= MOST_KEPT) {
      this.#isCut = true;
      return;
    }
    this.#events += 1;
    heard.keys.add(key);
    const expected = {
      id: `${workflowid}/${key}`,
      messageId: id,
      routingKey: `${data.workflow}.${name}`,
      source: this.#source,
    };
    const found = { id, messageId, routingKey, source: event.source };
    for (const [field, value] of Object.entries(expected)) {
      const is = found[field as keyof typeof found]; // the same keys
      if (is !== value) heard.malformed.push(`${name} of step ${data.step}: its ${field} is ${is}, not ${value}`);
    }
  }

  /** It is listened no more. @param hearing without a margin at either end */
  close(hearing: Hearing): void {
    this.#hearing = hearing;
  }

  /** One workflow. Pure, but for remembering that the journal has it. */
  problemsOf(history: WorkflowHistory, definition: WorkflowDefinition | null): Finding[] {
    const heard = this.#heard.get(history.head._id);
    if (heard) heard.isKnown = true;
    const milestones = milestonesOf(history, definition);
    const keys = heard?.keys ?? new Set<string>();
    const problems = [
      ...(heard?.malformed ?? []),
      ...unfounded(milestones, keys),
      ...this.#disorder(milestones, keys),
      ...this.#missing(milestones, keys),
    ];
    return problems.map((problem) => ({ invariant: 'I6', problem }));
  }

  /** Workflows of which events were heard, and which nobody has asked about yet. */
  strangers(): string[] {
    return [...this.#heard].flatMap(([workflowId, { isKnown }]) => (isKnown ? [] : [workflowId]));
  }

  #of(workflowId: string): Heard {
    const known = this.#heard.get(workflowId);
    if (known) return known;
    const heard: Heard = { keys: new Set(), malformed: [], isKnown: false };
    this.#heard.set(workflowId, heard);
    return heard;
  }

  #isMeanwhile({ at }: Milestone): boolean {
    const { from, until } = this.#hearing ?? { from: Number.POSITIVE_INFINITY, until: 0 };
    return at.getTime() >= from && at.getTime() <= until;
  }

  #missing(milestones: readonly Milestone[], keys: ReadonlySet<string>): string[] {
    if (this.#isCut) return [];
    return milestones
      .filter((milestone) => milestone.isDue && this.#isMeanwhile(milestone) && !keys.has(keyOf(milestone)))
      .map(({ event, step, at }) => `${event} of step ${step}, of ${at.toISOString()}, was not announced`);
  }

  /** What was announced again, and before for the first time, does not count: only what happened meanwhile has its first time here. */
  #disorder(milestones: readonly Milestone[], keys: ReadonlySet<string>): string[] {
    const meanwhile = new Map(
      milestones
        .filter((milestone) => !UNORDERED.has(milestone.event) && this.#isMeanwhile(milestone))
        .map((milestone) => [keyOf(milestone), milestone]),
    );
    const inOrder = [...keys].flatMap((key) => meanwhile.get(key) ?? []);
    return inOrder.flatMap((milestone, index) => {
      const before = inOrder[index - 1];
      return before && before.step > milestone.step
        ? [`${milestone.event} of step ${milestone.step} was announced after ${before.event} of step ${before.step}`]
        : [];
    });
  }
}

function unfounded(milestones: readonly Milestone[], keys: ReadonlySet<string>): string[] {
  const happened = new Set(milestones.map(keyOf));
  return [...keys]
    .filter((key) => !happened.has(key))
    .map((key) => `${key} was announced, but the journal has no such thing`);
}

function parse(body: Buffer): LifecycleEvent | undefined {
  try {
    return lifecycleEventSchema.safeParse(JSON.parse(body.toString())).data;
  } catch {
    return undefined; // no JSON
  }
}

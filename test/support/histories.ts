// Histories of workflows as the engine would have written them, for tests of whatever reads a journal.
import { workflowIdOf } from '../../shared/contract/start-event.ts';
import { chooseEdge } from '../../shared/core/conditions.ts';
import type { JsonObject } from '../../shared/core/json.ts';
import { attemptId, definitionId, snapshotId } from '../../shared/core/names.ts';
import { edgeOf, enter } from '../../shared/core/transition.ts';
import type { WorkflowDefinition } from '../../shared/core/workflow-definition.ts';
import type { Attempt, DefinitionRecord, Fate, Head, Snapshot, WorkflowHistory } from '../../shared/journal/records.ts';
import type { AuditedJournal } from '../../shared/runtime/audit.ts';

/** Two paths, a declared failure, two ends. */
export const parcel: WorkflowDefinition = {
  name: 'parcel',
  version: 1,
  input: { type: 'object' },
  announce: 'milestones',
  initial: 'placed',
  states: {
    placed: {
      choices: [
        { when: 'weight > 100.0', action: 'weigh', to: 'weighed' },
        { action: 'pack', to: 'packed' },
      ],
    },
    weighed: { choices: [{ action: 'pack', to: 'packed', onFailure: { 'too-heavy': 'refused' } }] },
    packed: { choices: [{ action: 'send', to: 'sent' }] },
    sent: { end: 'succeeded' },
    refused: { end: 'failed' },
  },
};

/** What became of one attempt before the last of its step. `operator` stands for a parked attempt and the operator's after it. */
export type Before = 'failed' | 'released' | 'lost' | 'operator';

export interface HistorySpec {
  readonly id: string;
  readonly weight: number;
  /** One entry per step that was begun: the attempts before the deciding one. */
  readonly steps: readonly (readonly Before[])[];
  /** How the last begun step stands. `refused`: decided by the declared failure, where the state has one. */
  readonly last: 'decided' | 'refused' | 'open' | 'parked';
}

/** A history in which everything is as it must be. Ten seconds lie between any two writes. */
export function makeHistory(spec: HistorySpec, definition = parcel): WorkflowHistory {
  return new HistoryMaker(spec, definition).make();
}

class HistoryMaker {
  readonly #spec: HistorySpec;
  readonly #definition: WorkflowDefinition;
  readonly #attempts: Attempt[] = [];
  readonly #snapshots: Snapshot[] = [];
  readonly #workflowId: string;
  #now = Date.parse('2026-01-01T00:00:00Z');

  constructor(spec: HistorySpec, definition: WorkflowDefinition) {
    this.#spec = spec;
    this.#definition = definition;
    this.#workflowId = workflowIdOf('test', spec.id);
  }

  make(): WorkflowHistory {
    const { id, weight, steps, last } = this.#spec;
    const startedAt = this.#tick();
    const input: JsonObject = { weight };
    let position = enter(this.#definition, this.#definition.initial, input, chooseEdge);
    for (const [index, befores] of steps.entries()) {
      if (!('action' in position.next)) break;
      const { action } = position.next;
      const step = index + 1;
      for (const before of befores) this.#before(step, action, before);
      const open = this.#attempt(step, action, 'run');
      if (index === steps.length - 1 && last === 'parked') this.#settle('parked', 'retries-exhausted');
      if (index === steps.length - 1 && (last === 'open' || last === 'parked')) break;
      position = this.#decide(open, position.state, position.data, index === steps.length - 1 && last === 'refused');
    }
    const head: Head = {
      _id: this.#workflowId,
      workflowId: this.#workflowId,
      workflow: 'parcel',
      version: 1,
      businessKey: `K-${id}`,
      source: 'test',
      eventId: id,
      input,
      startedAt,
      status: 'running',
    };
    return { head: this.#upToDate(head), attempts: this.#attempts, snapshots: this.#snapshots };
  }

  #before(step: number, action: string, before: Before): void {
    this.#attempt(step, action, 'run');
    switch (before) {
      case 'failed':
      case 'released':
        return this.#settle(before);
      case 'lost':
        return;
      case 'operator':
        this.#settle('parked', 'no-station');
        this.#attempt(step, action, 'operator');
        return this.#settle('released');
    }
  }

  #attempt(step: number, action: string, kind: Attempt['kind']): Attempt {
    const attempt = this.#attempts.filter((made) => made.step === step).length + 1;
    const { length } = this.#attempts;
    const made: Attempt = {
      _id: attemptId(this.#workflowId, step, attempt),
      workflowId: this.#workflowId,
      step,
      attempt,
      kind,
      action,
      token: `token-${length}`,
      at: this.#tick(),
      // Each attempt another holder: the one before may be dead.
      worker: kind === 'operator' ? 'operator' : `worker-${this.#spec.id}-${length}`,
    };
    this.#attempts.push(made);
    return made;
  }

  #settle(fate: Fate, code?: string): void {
    const attempt = this.#attempts.pop();
    if (attempt) this.#attempts.push({ ...attempt, fate, settledAt: this.#tick(), ...(code ? { code } : {}) });
  }

  #decide({ step, attempt, action, worker }: Attempt, state: string, data: JsonObject, refused: boolean) {
    const edge = edgeOf(this.#definition, state, action);
    const code = refused ? Object.keys(edge?.onFailure ?? {})[0] : undefined;
    const to = code === undefined ? edge?.to : edge?.onFailure?.[code];
    if (to === undefined) throw new Error(`no edge leaves ${state} by ${action}`);
    const changes: JsonObject = code === undefined ? { [action]: step } : {};
    const next = enter(this.#definition, to, { ...data, ...changes }, chooseEdge);
    this.#snapshots.push({
      _id: snapshotId(this.#workflowId, step),
      ...next,
      workflowId: this.#workflowId,
      step,
      kind: 'run',
      action,
      attempt,
      worker,
      changes,
      durationMs: 1,
      at: this.#tick(),
      ...(code === undefined ? {} : { failure: { code, message: '' } }),
    });
    return next;
  }

  #upToDate(head: Head): Head {
    const decided = this.#snapshots.at(-1);
    const attempt = this.#attempts.at(-1);
    if (decided && 'end' in decided.next) return { ...head, status: decided.next.end, endedAt: this.#tick() };
    if (attempt?.fate !== 'parked' || attempt.step <= (decided?.step ?? 0)) return head;
    const { step, code = '', settledAt: at = attempt.at } = attempt;
    return { ...head, status: 'parked', parked: { step, code, reason: '', at } };
  }

  #tick(): Date {
    this.#now += 10_000;
    return new Date(this.#now);
  }
}

/** How many steps a parcel of that weight takes to its end. */
export const stepsOf = (weight: number): number => (weight > 100 ? 3 : 2);

export const recordOf = (definition: WorkflowDefinition): DefinitionRecord => ({
  _id: definitionId(definition.name, definition.version),
  name: definition.name,
  version: definition.version,
  hash: '',
  definition,
  active: true,
  registeredAt: new Date(0),
});

/** A journal that holds exactly these histories, to be read. */
export function journalOf(histories: readonly WorkflowHistory[], definitions = [parcel]): AuditedJournal {
  const find = (name: string, version?: number) =>
    definitions.find(
      (definition) => definition.name === name && (version ?? definition.version) === definition.version,
    );
  const found = (definition: WorkflowDefinition | undefined) =>
    Promise.resolve(definition ? recordOf(definition) : null);
  return {
    async *scanHistories() {
      yield* histories;
    },
    readHistory: (id) => Promise.resolve(histories.find(({ head }) => head._id === id) ?? null),
    findDefinition: (name, version) => found(find(name, version)),
    latestDefinition: (name) => found(find(name)),
    findIntents: () => Promise.resolve([]),
    readWaits: (ids) => Promise.resolve(ids.map(() => null)),
  };
}

import type { TestProcess } from '../support/test-process.ts';

/** One performance of an action, while it lasts. */
interface Performer {
  readonly process: TestProcess;
  readonly kind: 'run' | 'compensate';
  /** Its business key. */
  readonly workflow: string;
  readonly step: number;
  readonly alone: boolean;
}

export interface EffectsOptions {
  /** Whether the journal has recorded a process's death. */
  isRecordedDead(process: TestProcess): boolean;
  /** Whether a result may land after its step was taken up by others, who may be at it still when the next one begins. */
  readonly resultsComeLate: boolean;
  /** Told each thing that must not be. */
  violated(what: string): void;
}

/**
 * The world outside, which sees what the actions do: keeps a ledger of effects by idempotency key, and watches that no step has
 * two performers at once, and that nothing is undone while somebody does it.
 */
export class Effects {
  readonly #options: EffectsOptions;
  readonly #effects = new Map<string, string>();
  /** By the key of what was undone, that of the undoing. */
  readonly #undone = new Map<string, string>();
  readonly #refused = new Set<string>();
  readonly #stepOfKey = new Map<string, string>();
  readonly #keyOfStep = new Map<string, string>();
  readonly #performers = new Set<Performer>();

  constructor(options: EffectsOptions) {
    this.#options = options;
  }

  /** Performing begins. Returns what ends it. */
  begin(performer: Performer): () => void {
    for (const other of this.#performers) {
      if (other.process.isDead) this.#performers.delete(other);
      else this.#compare(performer, other);
    }
    this.#performers.add(performer);
    return () => this.#performers.delete(performer);
  }

  /** A downstream that honours the key: the first call has the effect, later ones get its answer. What was undone stays so. */
  apply(key: string, step: string, effect: () => string): string {
    this.#must(this.#stepOfKey, key, step, `key ${key} is used by two steps`);
    this.#must(this.#keyOfStep, step, key, `${step} uses two keys`);
    const stored = this.#effects.get(key) ?? effect();
    if (!this.#undone.has(key) && !this.#refused.has(key)) this.#effects.set(key, stored);
    return stored;
  }

  /** The action itself says that it is refused: it is not done, and later calls get the same answer. */
  withdraw(key: string): void {
    this.#refused.add(key);
    this.#effects.delete(key);
  }

  /** Takes back what was done under a key; later calls find it taken back. */
  undo(key: string, undoing: string, performed: 'committed' | 'possibly'): void {
    const before = this.#undone.get(key);
    if (before === undefined) this.#undoFirst(key, performed);
    else if (before !== undoing) this.#options.violated(`${key} is undone under ${before} and under ${undoing}`);
    this.#undone.set(key, undoing);
    this.#effects.delete(key);
  }

  /** Keys of a workflow's effects that stand. */
  standing(workflowId: string): readonly string[] {
    return [...this.#effects.keys()].filter((key) => key.startsWith(workflowId));
  }

  /** Keys of a workflow's steps that were undone, in order. */
  undone(workflowId: string): readonly string[] {
    return [...this.#undone.keys()].filter((key) => key.startsWith(workflowId));
  }

  /** Keys of a workflow's steps whose action said that it is refused. */
  withdrawn(workflowId: string): readonly string[] {
    return [...this.#refused].filter((key) => key.startsWith(workflowId));
  }

  /** A cancellation has decided a step: nobody may be performing a step of its workflow any more. @param workflow its business key */
  beCalm(workflow: string, step: number): void {
    for (const other of this.#performers) {
      const isAtIt = other.workflow === workflow && other.kind === 'run' && !other.process.isDead;
      if (isAtIt && !this.isGivenUp(other.process))
        this.#options.violated(
          `${workflow} is cancelled at step ${step} while ${other.process.id} performs step ${other.step}`,
        );
    }
  }

  /** Whoever was stopped for so long that its death is recorded holds nothing, whatever it still believes. */
  isGivenUp(process: TestProcess): boolean {
    return process.mortality.wasPaused && this.#options.isRecordedDead(process);
  }

  #undoFirst(key: string, performed: 'committed' | 'possibly'): void {
    const last = this.undone(key.slice(0, key.indexOf('/'))).at(-1);
    if (last !== undefined && last < key)
      this.#options.violated(`${key} is undone after ${last}, which was done before it`);
    if (performed === 'committed' && !this.#stepOfKey.has(key))
      this.#options.violated(`${key} is undone, but was never done`);
  }

  #compare(performer: Performer, other: Performer): void {
    const { process, kind, workflow, step, alone } = performer;
    const isSameStep = other.step === step && other.kind === kind;
    const clashes = isSameStep || kind !== other.kind || !this.#options.resultsComeLate;
    if (other.workflow === workflow && clashes && !this.isGivenUp(other.process) && !this.isGivenUp(process)) {
      this.#options.violated(
        `${kind} of ${workflow}/${step} by ${process.id} begins while ${other.process.id} is at the ${other.kind} of step ${other.step}`,
      );
    }
    if (other.process === process && (alone || other.alone)) {
      this.#options.violated(
        `${workflow}/${step} is performed in ${process.id} beside ${other.workflow}/${other.step}, and one of them alone`,
      );
    }
  }

  #must(map: Map<string, string>, from: string, to: string, otherwise: string): void {
    const known = map.get(from) ?? to;
    map.set(from, known);
    if (known !== to) this.#options.violated(`${otherwise}: ${known} and ${to}`);
  }
}

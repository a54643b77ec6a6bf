import type { TestProcess } from '../support/test-process.ts';

/** One performance of an action, while it lasts. */
interface Performer {
  readonly process: TestProcess;
  readonly step: string;
  readonly alone: boolean;
}

export interface EffectsOptions {
  /** Whether the journal has recorded a process's death. */
  isRecordedDead(process: TestProcess): boolean;
  /** Told each thing that must not be. */
  violated(what: string): void;
}

/**
 * The world outside, which sees what the actions do: keeps a ledger of effects by idempotency key, and watches that no step has
 * two performers at once.
 */
export class Effects {
  readonly #options: EffectsOptions;
  readonly #effects = new Map<string, string>();
  readonly #stepOfKey = new Map<string, string>();
  readonly #keyOfStep = new Map<string, string>();
  readonly #performers = new Set<Performer>();

  constructor(options: EffectsOptions) {
    this.#options = options;
  }

  /** Performing begins. Returns what ends it. */
  begin(process: TestProcess, step: string, alone: boolean): () => void {
    const performer: Performer = { process, step, alone };
    for (const other of this.#performers) {
      if (other.process.isDead) this.#performers.delete(other);
      else this.#compare(performer, other);
    }
    this.#performers.add(performer);
    return () => this.#performers.delete(performer);
  }

  /** A downstream that honours the key: the first call has the effect, later ones get its answer. */
  apply(key: string, step: string, effect: () => string): string {
    this.#must(this.#stepOfKey, key, step, `key ${key} is used by two steps`);
    this.#must(this.#keyOfStep, step, key, `${step} uses two keys`);
    const stored = this.#effects.get(key) ?? effect();
    this.#effects.set(key, stored);
    return stored;
  }

  #compare(performer: Performer, other: Performer): void {
    const { process, step, alone } = performer;
    if (other.step === step && this.#holds(other)) {
      this.#options.violated(`${step} is performed by ${process.id} while ${other.process.id} performs it`);
    }
    if (other.process === process && (alone || other.alone)) {
      this.#options.violated(`${step} is performed in ${process.id} beside ${other.step}, and one of them alone`);
    }
  }

  /** Whoever was stopped for so long that its death is recorded holds nothing, whatever it still believes. */
  #holds({ process }: Performer): boolean {
    return !(process.mortality.wasPaused && this.#options.isRecordedDead(process));
  }

  #must(map: Map<string, string>, from: string, to: string, otherwise: string): void {
    const known = map.get(from) ?? to;
    map.set(from, known);
    if (known !== to) this.#options.violated(`${otherwise}: ${known} and ${to}`);
  }
}

/**
 * Who may perform in this process. Many at once, or one alone: a step whose attempts were lost with their worker again and again is
 * performed with nothing else in the process, so that it can take no innocent one with it.
 *
 * G1  While a pass is held alone, no other pass is.
 * G2  Whoever wants to be alone comes before those who arrive after it, else a busy process would never let it in.
 */
export class Gate {
  #together = 0;
  #alone = false;
  readonly #waiting: Waiting[] = [];

  /** Resolves to a function that gives the pass back (once). */
  enter(how: 'together' | 'alone'): Promise<() => void> {
    return new Promise((resolve) => {
      this.#waiting.push({ how, admit: resolve });
      this.#admit();
    });
  }

  #admit(): void {
    for (let first = this.#waiting[0]; first && this.#isFree(first.how); first = this.#waiting[0]) {
      this.#waiting.shift();
      if (first.how === 'alone') this.#alone = true;
      else this.#together += 1;
      first.admit(this.#pass(first.how));
    }
  }

  #isFree(how: 'together' | 'alone'): boolean {
    return !this.#alone && (how === 'together' || this.#together === 0);
  }

  #pass(how: 'together' | 'alone'): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (how === 'alone') this.#alone = false;
      else this.#together -= 1;
      this.#admit();
    };
  }
}

interface Waiting {
  readonly how: 'together' | 'alone';
  admit(leave: () => void): void;
}

/** Bounds how many do something at once; those above it wait in the order in which they came. */
export class Slots {
  readonly #limit: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Resolves to a function that gives the slot back (once). */
  async enter(): Promise<() => void> {
    if (this.#taken < this.#limit) this.#taken += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.#waiting.shift();
      // The slot goes from hand to hand: `taken` does not change.
      if (next) next();
      else this.#taken -= 1;
    };
  }
}

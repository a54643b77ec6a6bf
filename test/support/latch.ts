import { onCall } from './on-call.ts';

/** A place where the first to come is held until the test lets it go on. */
export class Latch {
  /** Resolves when somebody has come. */
  readonly reached: Promise<void>;
  #come: () => void = () => {};
  #open: () => void = () => {};
  readonly #opened: Promise<void>;
  #isUsed = false;

  constructor() {
    this.reached = new Promise((resolve) => {
      this.#come = resolve;
    });
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release(): void {
    this.#open();
  }

  /** Who comes second is not held. */
  async pass(): Promise<void> {
    if (this.#isUsed) return;
    this.#isUsed = true;
    this.#come();
    await this.#opened;
  }

  /**
   * A port with the first call of this method held on its way: it is made, but arrives only when it is released, whatever its
   * caller has become meanwhile.
   */
  holding<Port extends object>(port: Port, method: keyof Port & string): Port {
    return onCall(port, method, async (call) => {
      await this.pass();
      return call();
    });
  }
}

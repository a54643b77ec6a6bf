/** What is aborted: the controller of an action's signal. `AbortController` is one. */
export interface Abortable {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
}

/** A controller that makes its signal when somebody asks for it: most actions never do, and a signal costs more than their message. */
export class AbortHandle implements Abortable {
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }
}

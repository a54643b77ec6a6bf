import type { Clock, Random } from '../../shared/core/clock.ts';
import { doubledMs } from '../../shared/core/doubling.ts';
import { Child, type ChildExit, type ProgramSpec } from './child.ts';

/** A process that ends before it was ever ready is started again after a pause that doubles, so many times in a row. */
const FAILED_STARTS_MAX = 5;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;
/** Above SHUTDOWN_GRACE of the processes, which end by themselves then. */
const STOP_LIMIT_MS = 15_000;

export interface SupervisorOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Told what happened, one line each. */
  onNote(line: string): void;
  /** Called when a process cannot be kept up. */
  onBroken(error: Error): void;
}

interface Post {
  readonly spec: ProgramSpec;
  child: Child;
  /** Ends when nobody is started for it any more. */
  kept: Promise<void>;
}

/**
 * Keeps processes up, as a container platform does: whatever ends by itself, or is killed, is started again. After `stop` began nothing is
 * started any more.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #stopping = new AbortController();
  readonly #posts: Post[] = [];
  /** Processes with an end of their own. */
  readonly #passing = new Set<Child>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Those that run now, ready or not. */
  get children(): readonly Child[] {
    return this.#posts.map(({ child }) => child).filter(({ hasEnded }) => !hasEnded);
  }

  /**
   * Starts a process and keeps it up. Resolves to it when it is ready for the first time.
   * @throws Error, with its last words, when it cannot be kept up, or everything stops before
   */
  keep(spec: ProgramSpec): Promise<Child> {
    this.#stopping.signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const post: Post = { spec, child: this.#spawn(spec, resolve), kept: Promise.resolve() };
      this.#posts.push(post);
      post.kept = this.#keepUp(post, resolve);
      void post.kept.then(() => reject(new Error(`${spec.name} was not started:\n${post.child.lastWords}`)));
    });
  }

  /**
   * Runs a process that has an end of its own.
   * @throws Error, with its last words, when it ends with another code than 0
   */
  async run(spec: ProgramSpec, signal: AbortSignal): Promise<void> {
    this.#stopping.signal.throwIfAborted();
    const child = this.#spawn(spec);
    this.#passing.add(child);
    const end = (): void => child.kill('SIGTERM');
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    const exit = await child.exited;
    signal.removeEventListener('abort', end);
    this.#passing.delete(child);
    if (exit.code === 0 || signal.aborted) return;
    throw new Error(`${spec.name} ${describeExit(exit)}:\n${child.lastWords}`);
  }

  /** SIGKILLs one of those that run, by chance; undefined when none of them does. */
  killOne(isCandidate: (child: Child) => boolean): Child | undefined {
    const candidates = this.children.filter(isCandidate);
    const victim = candidates[Math.floor(this.#options.random.next() * candidates.length)];
    victim?.kill('SIGKILL');
    return victim;
  }

  /** SIGTERM to all, in the reverse order of their start where that matters; SIGKILL to whoever does not end within its time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const child of this.#passing) child.kill('SIGTERM');
    const [first, ...others] = this.#posts;
    await this.#end([...others.map(({ child }) => child), ...this.#passing]);
    // The first one started is what the others call: they finish what they do with it still there.
    if (first) await this.#end([first.child]);
    await Promise.all(this.#posts.map(({ kept }) => kept));
  }

  async #end(children: readonly Child[]): Promise<void> {
    const running = children.filter(({ hasEnded }) => !hasEnded);
    const kill = (): void => {
      for (const child of running.filter(({ hasEnded }) => !hasEnded)) {
        this.#options.onNote(`${child.name} (process ${child.pid}) did not stop in time: killed`);
        child.kill('SIGKILL');
      }
    };
    for (const child of running) child.kill('SIGTERM');
    const limit = this.#options.clock.after(STOP_LIMIT_MS, kill);
    await Promise.all(running.map(({ exited }) => exited));
    limit.cancel();
  }

  async #keepUp(post: Post, onReady: (child: Child) => void): Promise<void> {
    for (let failedStarts = 0; ; ) {
      const ended = post.child;
      const exit = await ended.exited;
      failedStarts = ended.wasReady ? 0 : failedStarts + 1;
      if (failedStarts > FAILED_STARTS_MAX) {
        const how = `${post.spec.name} cannot be kept up, it ${describeExit(exit)}`;
        this.#options.onBroken(new Error(`${how}:\n${ended.lastWords}`));
        return;
      }
      if (failedStarts > 0) await this.#pause(failedStarts);
      if (this.#stopping.signal.aborted) return;
      post.child = this.#spawn(post.spec, onReady);
      this.#options.onNote(
        `${post.spec.name} (process ${ended.pid}) ${describeExit(exit)}: started again as ${post.child.pid}`,
      );
    }
  }

  #pause(failedStarts: number): Promise<void> {
    const ms = doubledMs(FIRST_PAUSE_MS, failedStarts - 1, LONGEST_PAUSE_MS);
    return this.#options.clock.sleep(ms, this.#stopping.signal);
  }

  #spawn(spec: ProgramSpec, onReady?: (child: Child) => void): Child {
    const child = new Child(spec, (line) => this.#options.onNote(`${spec.name}: ${line}`));
    if (onReady) void child.ready.then(() => onReady(child));
    return child;
  }
}

const describeExit = ({ code, signal }: ChildExit): string =>
  signal === null ? `ended with code ${code}` : `ended by ${signal}`;

import { hostname, userInfo } from 'node:os';
import type { Broker } from '../../shared/broker/broker.ts';
import type { Clock, Random } from '../../shared/core/clock.ts';
import { Unavailable } from '../../shared/core/errors.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import type { Acting } from '../../shared/runtime/acting.ts';
import { loadSettings } from '../../shared/runtime/config.ts';
import { createLine } from '../../shared/runtime/line-assembly.ts';
import { silentLog } from '../../shared/runtime/log.ts';
import { Metrics } from '../../shared/runtime/metrics.ts';
import { type RightToAct, rightUntil } from '../../shared/runtime/right-to-act.ts';
import { Sender } from '../../shared/runtime/sender.ts';
import type { Platform, Screen } from './platform.ts';

/** A command that changes something insists on it for so long; repeating it afterwards is safe. */
const INSIST_MS = 5_000;

/** To the begin of the line, and everything on it away. */
const CLEAR_LINE = '\r\u001B[K';

/** The work of one command: it is connected to what the command asks for, and to nothing else. */
export class Session {
  readonly namespace: string;
  readonly #platform: Platform;
  readonly #ended = new AbortController();
  #journal: Promise<Journal> | undefined;
  #broker: Broker | undefined;
  #hasProgress = false;

  constructor(platform: Platform) {
    this.#platform = platform;
    this.namespace = loadSettings(['namespace'], platform.environment).namespace;
  }

  get clock(): Clock {
    return this.#platform.clock;
  }

  get random(): Random {
    return this.#platform.random;
  }

  /** @throws Fatal `config-invalid`, Unavailable */
  journal(): Promise<Journal> {
    this.#journal ??= this.#platform.connectJournal(
      loadSettings(['mongodbUrl', 'namespace'], this.#platform.environment),
    );
    return this.#journal;
  }

  /** @throws Fatal `config-invalid` */
  broker(): Broker {
    this.#broker ??= this.#platform.connectBroker(loadSettings(['amqpUrl', 'namespace'], this.#platform.environment));
    return this.#broker;
  }

  /** How long a worker is believed to live that is not heard of, milliseconds: LIVENESS_TIMEOUT. @throws Fatal `config-invalid` */
  get livenessTimeoutMs(): number {
    return loadSettings(['livenessTimeoutMs'], this.#platform.environment).livenessTimeoutMs;
  }

  /** Aborts when the command is to end that goes on until then. */
  get interrupted(): AbortSignal {
    return this.#platform.interrupted;
  }

  /** Where a command prints that goes on, as things happen. */
  get out(): Screen {
    return this.#platform.out;
  }

  /** How far a long command is: only for a person, and in place of what it said before. */
  showProgress(text: string): void {
    const { err } = this.#platform;
    if (!err.isTerminal) return;
    err.write(`${CLEAR_LINE}${text}`);
    this.#hasProgress = true;
  }

  /** Takes it away again, before anything else is printed. */
  endProgress(): void {
    if (this.#hasProgress) this.#platform.err.write(CLEAR_LINE);
    this.#hasProgress = false;
  }

  /** Acts on the line as an operator, for a few seconds. @param insistMs how long it insists when a server does not answer */
  async acting(insistMs = INSIST_MS): Promise<Acting> {
    const { clock, random } = this.#platform;
    const broker = this.broker();
    const journal = await this.journal();
    const line = createLine({
      namespace: this.namespace,
      broker,
      journal,
      clock,
      random,
      log: silentLog,
      metrics: new Metrics(),
      // Only who takes messages asks how old they are.
      retentionMs: Number.POSITIVE_INFINITY,
    });
    let last: Unavailable | undefined;
    const limit = clock.after(insistMs, () => this.#ended.abort(unfinished(last, insistMs)));
    this.#ended.signal.addEventListener('abort', () => limit.cancel(), { once: true });
    const right: RightToAct = {
      ...rightUntil(clock, random, this.#ended.signal),
      onUnavailable: (error) => {
        last = error;
      },
    };
    return { line, right, sender: new Sender(line, right), workerId: operatorId() };
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#broker?.close();
    // A journal that could not be connected has been reported already, and there is nothing to close.
    const journal = await this.#journal?.catch(() => undefined);
    await journal?.close();
  }
}

/** Caused by what the command failed on last: that names the server that did not answer. */
function unfinished(last: Unavailable | undefined, insistMs: number): Unavailable {
  const seconds = insistMs / 1_000;
  const problem = last?.message ?? 'no server has answered yet.';
  return new Unavailable('command-unfinished', { seconds, problem }, { cause: last });
}

/** Who did it, for the journal. */
function operatorId(): string {
  const { username } = userInfo();
  return `operator ${username}@${hostname()}`;
}

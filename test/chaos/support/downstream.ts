import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Misbehaviour, misbehaviourSchema, mischief } from '../../../services/orders/downstream/misbehaviour.ts';
import { idempotencyKey } from '../../../shared/core/names.ts';
import type { WorkflowHistory } from '../../../shared/journal/records.ts';

const REFUSED_LATE = 410;

/**
 * What the actions of the fault tests call: it does and undoes things by their idempotency keys, answers 2 % of the calls with an
 * error, 1 % with 429, loses 1 % of its answers and gives 1 % late; and it remembers what it did, for the judge.
 */
export class Downstream {
  readonly #server: Server;
  readonly #misbehaviour: Misbehaviour;
  /** By key: how often it was asked for. */
  readonly #asked = new Map<string, number>();
  readonly #done = new Set<string>();
  /** What was undone stays undone: a request that comes after its own undoing is refused. */
  readonly #undone = new Set<string>();

  private constructor(seed: string) {
    this.#misbehaviour = misbehaviourSchema.parse({
      errorRate: 0.02,
      throttleRate: 0.01,
      lostReplyRate: 0.01,
      slowRate: 0.01,
      slowMs: 400,
      seed,
    });
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async open(seed: string): Promise<Downstream> {
    const downstream = new Downstream(seed);
    await new Promise<void>((resolve) => {
      downstream.#server.listen(0, '127.0.0.1', resolve);
    });
    return downstream;
  }

  get url(): string {
    // Listening on TCP, it has an address with a port.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /**
   * What is not as the journal of a line at rest says: a completed step without its effect, a cancelled workflow of which something is
   * left, or an effect of a workflow that nobody knows.
   */
  async problems(histories: AsyncIterable<WorkflowHistory>): Promise<readonly string[]> {
    const problems: string[] = [];
    const known = new Set<string>();
    for await (const { head, snapshots } of histories) {
      known.add(head._id);
      const isUndone = head.status === 'cancelled';
      // One step more: what was never decided must not be left either.
      for (let step = 1; step <= snapshots.length + 1; step++) {
        const key = idempotencyKey(head._id, step);
        const shall = snapshots[step - 1]?.kind === 'run' && !isUndone;
        const stands = this.#done.has(key) && !this.#undone.has(key);
        if (stands !== shall) problems.push(`${key}, ${head.status}: ${stands ? 'an' : 'no'} effect`);
      }
    }
    for (const key of this.#done) {
      const [workflowId = ''] = key.split('/');
      if (!known.has(workflowId)) problems.push(`${key}: an effect of a workflow that is not in the journal`);
    }
    return problems;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const key = decodeURIComponent(request.url?.slice(1) ?? '');
    const asked = (this.#asked.get(key) ?? 0) + 1;
    this.#asked.set(key, asked);
    const { kind, delayMs } = mischief(this.#misbehaviour, key, asked);
    if (kind === 'error') return answer(response, 500);
    if (kind === 'throttle') return answer(response, 429);
    const status = this.#act(request.method ?? '', key);
    if (kind === 'lost-reply') {
      request.socket.destroy();
      return;
    }
    if (delayMs > 0) await sleep(delayMs);
    answer(response, status);
  }

  #act(method: string, key: string): number {
    if (method === 'DELETE') {
      this.#undone.add(key);
      return 200;
    }
    if (this.#undone.has(key)) return REFUSED_LATE;
    this.#done.add(key);
    return 200;
  }
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, status === 429 ? { 'retry-after': '1' } : {}).end();
}

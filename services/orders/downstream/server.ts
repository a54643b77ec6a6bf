import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Clock } from '../../../shared/core/clock.ts';
import { BaseService } from '../../../shared/runtime/service.ts';
import { Books } from './books.ts';
import { ENDPOINTS, type Endpoint, idOf } from './endpoints.ts';
import { type Answered, type Decided, Ledger, type LedgerEntry } from './ledger.ts';
import { type Misbehaviour, misbehaviourSchema, mischief } from './misbehaviour.ts';
import { type Reply, readBody, writeReply } from './reply.ts';

/** Longer than any client keeps an idle connection, so that this side never closes one that is just being used. */
const KEEP_ALIVE_MS = 65_000;
const REQUEST_LIMIT_MS = 10_000;

export interface DownstreamOptions {
  readonly host: string;
  /** 0: any free port; `port` tells which. */
  readonly port: number;
  readonly misbehaviour: Misbehaviour;
  readonly clock: Clock;
}

/**
 * A stub of the shop's other services: stock, fraud, payments, shipping, delivery. It honours `Idempotency-Key`, tells what became
 * of a request (GET, the same path and key), undoes one, keeps a ledger of effects (`GET /ledger`, one JSON line per key), and
 * misbehaves on demand (`PUT /misbehaviour`).
 */
export class DownstreamServer extends BaseService {
  readonly #options: DownstreamOptions;
  readonly #ledger = new Ledger();
  readonly #books = new Books();
  #misbehaviour: Misbehaviour;
  #server: Server | undefined;
  /** Ends the delays of slow answers: their sockets are gone. */
  #stopping = new AbortController();

  constructor(options: DownstreamOptions) {
    super();
    this.#options = options;
    this.#misbehaviour = options.misbehaviour;
  }

  /** The port that it listens on; undefined when it is not started. */
  get port(): number | undefined {
    // A TCP server's address is an AddressInfo, and null while it does not listen.
    return (this.#server?.address() as AddressInfo | null | undefined)?.port;
  }

  protected override async onStart(): Promise<void> {
    const server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_LIMIT_MS, noDelay: true },
      (request, response) => void this.#serve(request, response),
    );
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: this.#options.host, port: this.#options.port }, resolve);
    });
    this.#server = server;
  }

  protected override async onStop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    this.#stopping.abort();
    this.#stopping = new AbortController();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const reply = await this.#answer(request);
      if (reply === 'lost') request.socket.destroy();
      else writeReply(response, reply);
    } catch (error) {
      // The client went away while its request was read, or the stub is wrong: a client must see that as a failure.
      if (!response.headersSent) writeReply(response, { status: 500, body: { message: String(error) } });
    }
  }

  async #answer(request: IncomingMessage): Promise<Reply | 'lost'> {
    const path = request.url?.split('?', 1)[0] ?? '/';
    const route = `${request.method} ${path}`;
    if (route === 'GET /ledger') return { status: 200, lines: jsonLines(this.#ledger.entries()) };
    if (route === 'GET /healthz') return { status: 200, body: { alive: true } };
    if (route === 'GET /misbehaviour') return { status: 200, body: { ...this.#misbehaviour } };
    if (route === 'PUT /misbehaviour') return this.#setMisbehaviour(await readBody(request));
    const endpoint = ENDPOINTS[path];
    if (!endpoint) return { status: 404, body: { message: `no ${route} here` } };
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string' || key === '') return { status: 400, body: { message: 'Idempotency-Key is missing' } };
    if (request.method === 'GET') return this.#tell(path, key);
    if (request.method === 'POST') return this.#effect(endpoint, path, key, await readBody(request));
    return { status: 405, body: { message: `${path} takes GET and POST` } };
  }

  /** What became of the request with this key. Asking changes nothing, and goes wrong as often as everything else. */
  async #tell(path: string, key: string): Promise<Reply | 'lost'> {
    const told = this.#ledger.ask(key, path, this.#options.clock.now());
    if (!told) return { status: 404, body: { message: `nothing was asked for with the key ${key}` } };
    return this.#misbehave(`${key}?`, told.asked, () => told.answer);
  }

  async #effect(endpoint: Endpoint, path: string, key: string, text: string | undefined): Promise<Reply | 'lost'> {
    const body = parse(endpoint.body, text);
    if (!body.ok) return { status: 400, body: { message: body.problem } };
    const arrived = this.#ledger.arrive({ key, endpoint: path, orderId: body.value.orderId, body: text ?? '' });
    if (!arrived) return { status: 422, body: { message: `the key ${key} was used for another request` } };

    const nowMs = this.#options.clock.now();
    const desk = { key, id: idOf(key), books: this.#books, nowMs, pace: this.#misbehaviour };
    const decide = (): Decided => {
      if (this.#books.isUndone(key)) return { status: 410, body: { message: `the request ${key} was undone` } };
      return endpoint.decide(body.value, desk);
    };
    return this.#misbehave(key, arrived.seen, () => this.#ledger.decide(key, nowMs, decide));
  }

  /** @param answer not called when nothing is to happen */
  async #misbehave(key: string, seen: number, answer: () => Answered): Promise<Reply | 'lost'> {
    const { kind, delayMs } = mischief(this.#misbehaviour, key, seen);
    if (kind === 'error') return { status: 500, body: { message: 'out of order' } };
    if (kind === 'throttle') {
      const retryAfter = String(this.#misbehaviour.retryAfterSeconds);
      return { status: 429, headers: { 'retry-after': retryAfter }, body: { message: 'too many requests' } };
    }
    const answered = answer();
    if (delayMs > 0) await this.#options.clock.sleep(delayMs, this.#stopping.signal);
    return kind === 'lost-reply' ? 'lost' : answered;
  }

  #setMisbehaviour(text: string | undefined): Reply {
    const parsed = parse(misbehaviourSchema, text);
    if (!parsed.ok) return { status: 400, body: { message: parsed.problem } };
    this.#misbehaviour = parsed.value;
    return { status: 200, body: { ...parsed.value } };
  }
}

function* jsonLines(entries: Iterable<LedgerEntry>): Generator<string> {
  for (const entry of entries) yield `${JSON.stringify(entry)}\n`;
}

type Parsed<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: string };

/** @param text undefined when there was more of it than is read */
function parse<Value>(schema: z.ZodType<Value>, text: string | undefined): Parsed<Value> {
  if (text === undefined) return { ok: false, problem: 'the body is too large' };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problem: 'the body is not JSON' };
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, problem: z.prettifyError(parsed.error) };
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { Fatal } from '../core/errors.ts';
import type { Metrics } from './metrics.ts';
import { Readiness, type ReadinessCheck } from './readiness.ts';
import { BaseService } from './service.ts';
import { HTTP_MS } from './stop-budget.ts';

/** A client has this long for its request. */
const REQUEST_LIMIT_MS = 5_000;
/** A few scrapers and probes ask, one at a time. */
const CONNECTIONS = 64;
const HEADER_BYTES = 8 * 1024;

export interface StatusServerOptions {
  readonly host: string;
  /** 0: any free port; `port` tells which. */
  readonly port: number;
  readonly metrics: Metrics;
  readonly checks: readonly ReadinessCheck[];
  readonly clock: Clock;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/**
 * What a process tells about itself over HTTP, to whoever can reach the port: `/metrics` for Prometheus, `/healthz` (200 while
 * it answers at all), `/readyz` (200, or 503 with the names of the failing checks). Everything is bounded: connections,
 * the size and duration of a request, and how long a check may take.
 */
export class StatusServer extends BaseService {
  readonly #options: StatusServerOptions;
  readonly #readiness: Readiness;
  #server: Server | undefined;

  constructor(options: StatusServerOptions) {
    super();
    this.#options = options;
    this.#readiness = new Readiness(options.checks, options.clock);
  }

  /** The port that it listens on; undefined when it is not started. */
  get port(): number | undefined {
    // A TCP server's address is an AddressInfo, and null while it does not listen.
    const address = this.#server?.address() as AddressInfo | null | undefined;
    return address?.port;
  }

  protected override async onStart(): Promise<void> {
    const { host, port } = this.#options;
    const server = createServer(
      { requestTimeout: REQUEST_LIMIT_MS, headersTimeout: REQUEST_LIMIT_MS, maxHeaderSize: HEADER_BYTES },
      (request, response) => void this.#respond(request, response),
    );
    server.maxConnections = CONNECTIONS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const problem = `cannot listen on ${host}:${port} (${error.code}). Choose another port, or 0 for any free one.`;
        reject(new Fatal('config-invalid', { variable: 'METRICS_PORT', problem }, { cause: error }));
      });
      server.listen({ host, port }, resolve);
    });
    this.#server = server;
  }

  protected override async onStop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const limit = this.#options.clock.after(HTTP_MS, () => server.closeAllConnections());
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    limit.cancel();
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, contentType, body } = await this.#answer(request);
    response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  async #answer({ method, url }: IncomingMessage): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD') return text(405, 'Only GET and HEAD.');
    switch (url?.split('?', 1)[0]) {
      case '/metrics':
        return this.#metrics();
      case '/healthz':
        return text(200, 'alive');
      case '/readyz':
        return this.#ready();
      case undefined:
      default: // any path that a client can think of
        return text(404, 'Here are /metrics, /healthz and /readyz.');
    }
  }

  async #metrics(): Promise<Answer> {
    const { metrics } = this.#options;
    try {
      return { status: 200, contentType: metrics.contentType, body: await metrics.render() };
    } catch (error) {
      return text(500, `The metrics could not be collected: ${(error as Error).message}`);
    }
  }

  async #ready(): Promise<Answer> {
    const failing = await this.#readiness.failing();
    return {
      status: failing.length === 0 ? 200 : 503,
      contentType: 'application/json',
      body: `${JSON.stringify({ ready: failing.length === 0, failing })}\n`,
    };
  }
}

const text = (status: number, body: string): Answer => ({ status, contentType: 'text/plain', body: `${body}\n` });

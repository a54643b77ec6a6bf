import { Agent } from 'undici';
import { z } from 'zod';
import {
  type ActionCall,
  type Failed,
  failed,
  type JsonObject,
  type PollCall,
  type Retry,
  retry,
} from '../../shared/index.ts';
import { retryAfterMs } from './retry-after.ts';

/** Who calls: the key makes a repeated call harmless, the signal ends a call that nobody waits for any more. */
export type Caller = Pick<ActionCall<unknown> | PollCall<unknown>, 'idempotencyKey' | 'signal'>;

/** What a caller is prepared for. */
export interface Expected<Body extends z.ZodType, Code extends string> {
  /** The answer's body when it was done, or taken on (202). */
  readonly body: Body;
  /** The refusals that are business as usual: they are the action's failures. */
  readonly refusals?: readonly Code[];
}

export type Answer<Body, Code extends string> =
  | { readonly kind: 'done'; readonly body: Body }
  | Retry
  | ([Code] extends [never] ? never : Failed<Code>);

/** The shop's other services, as the actions see them. */
export interface Downstream {
  /**
   * Asks for one effect. Done → the body; refused with an expected code → failed; busy (429, 503) → retry, after what the
   * answer says.
   * @throws Error for everything else: another status, a broken contract, no answer. The engine repeats the attempt
   */
  post<Body extends z.ZodType, const Code extends string = never>(
    caller: Caller,
    path: string,
    body: JsonObject,
    expected: Expected<Body, Code>,
  ): Promise<Answer<z.output<Body>, Code>>;
  /** Asks what became of what was asked for with the caller's key at this path. Answers and errors as of `post`. */
  ask<Body extends z.ZodType, const Code extends string = never>(
    caller: Caller,
    path: string,
    expected: Expected<Body, Code>,
  ): Promise<Answer<z.output<Body>, Code>>;
  close(): Promise<void>;
}

/** A process performs some tens of actions at once, each with one call: more sockets would only queue downstream. */
const CONNECTIONS_MAX = 128;
/** Below the actions' timeout of 10 s: a call that gets no answer ends as such, and not as an action that hangs. */
const ANSWER_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** Shorter than servers keep idle connections (the stub: 65 s), so that it is never them who close first. */
const KEEP_ALIVE_MS = 10_000;
const ANSWER_BYTES_MAX = 64 * 1024;

const refusalSchema = z.object({ code: z.string(), message: z.string().default('') });

/** The downstream over HTTP, over connections that are kept. */
export class HttpDownstream implements Downstream {
  readonly #url: URL;
  readonly #agent = new Agent({
    connections: CONNECTIONS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
    maxResponseSize: ANSWER_BYTES_MAX,
    connect: { timeout: CONNECT_TIMEOUT_MS },
  });

  constructor(url: string) {
    this.#url = new URL(url);
  }

  post<Body extends z.ZodType, const Code extends string = never>(
    caller: Caller,
    path: string,
    body: JsonObject,
    expected: Expected<Body, Code>,
  ): Promise<Answer<z.output<Body>, Code>> {
    return this.#request(caller, { method: 'POST', path, body }, expected);
  }

  ask<Body extends z.ZodType, const Code extends string = never>(
    caller: Caller,
    path: string,
    expected: Expected<Body, Code>,
  ): Promise<Answer<z.output<Body>, Code>> {
    return this.#request(caller, { method: 'GET', path }, expected);
  }

  async #request<Body extends z.ZodType, Code extends string>(
    { idempotencyKey, signal }: Caller,
    { method, path, body }: Request,
    expected: Expected<Body, Code>,
  ): Promise<Answer<z.output<Body>, Code>> {
    const response = await this.#agent.request({
      origin: this.#url.origin,
      path: `${this.#url.pathname.replace(/\/$/, '')}${path}`,
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), 'idempotency-key': idempotencyKey },
      body: body ? JSON.stringify(body) : null,
      signal,
    });
    const { statusCode: status, headers } = response;
    const text = await response.body.text();
    const request = `${method} ${path}`;
    if (status >= 200 && status < 300) return { kind: 'done', body: parseAnswer(expected.body, text, request) };
    if (status === 429 || status === 503) {
      const afterMs = retryAfterMs(single(headers['retry-after']), single(headers['date']));
      return retry(`${request} answered ${status}`, afterMs === undefined ? {} : { afterMs });
    }
    const refused = refusal(status, text, expected.refusals ?? []) ?? throwUnexpected(request, status);
    // It has one of the expected codes: where none is, nothing is refused.
    return refused as Answer<z.output<Body>, Code>;
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}

interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: JsonObject;
}

function parseAnswer<Body extends z.ZodType>(schema: Body, text: string, request: string): z.output<Body> {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Error(`${request} answered what its contract does not allow: ${z.prettifyError(parsed.error)}`);
}

function refusal<Code extends string>(status: number, text: string, codes: readonly Code[]): Failed<Code> | undefined {
  if (status < 400 || status >= 500) return undefined;
  const parsed = refusalSchema.safeParse(parseJson(text));
  const code = codes.find((expected) => expected === parsed.data?.code);
  return code === undefined ? undefined : failed(code, parsed.data?.message);
}

function throwUnexpected(request: string, status: number): never {
  throw new Error(`${request} answered ${status}`);
}

/** Undefined for what is not JSON: the schema refuses it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const single = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : header?.[0];

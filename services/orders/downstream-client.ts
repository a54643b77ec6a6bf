import { Agent } from 'undici';
import { z } from 'zod';
import { type ActionCall, type Failed, failed, type JsonObject, type Retry, retry } from '../../shared/index.ts';
import { retryAfterMs } from './retry-after.ts';

/** Who calls: the key makes a repeated call harmless, the signal ends a call that nobody waits for any more. */
export type Caller = Pick<ActionCall<unknown>, 'idempotencyKey' | 'signal'>;

/** What a caller is prepared for. */
export interface Expected<Body extends z.ZodObject, Code extends string> {
  /** The answer's body when it was done. */
  readonly body: Body;
  /** The refusals that are business as usual: they are the action's failures. */
  readonly refusals?: readonly Code[];
}

export type Answer<Body, Code extends string> = { readonly kind: 'done'; readonly body: Body } | Failed<Code> | Retry;

/** The shop's other services, as the actions see them. */
export interface Downstream {
  /**
   * Asks for one effect. Done → the body; refused with an expected code → failed; busy (429, 503) → retry, after what the
   * answer says.
   * @throws Error for everything else: another status, a broken contract, no answer. The engine repeats the attempt
   */
  post<Body extends z.ZodObject, const Code extends string = never>(
    caller: Caller,
    path: string,
    body: JsonObject,
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

  async post<Body extends z.ZodObject, const Code extends string = never>(
    { idempotencyKey, signal }: Caller,
    path: string,
    body: JsonObject,
    expected: Expected<Body, Code>,
  ): Promise<Answer<z.output<Body>, Code>> {
    const response = await this.#agent.request({
      origin: this.#url.origin,
      path: `${this.#url.pathname.replace(/\/$/, '')}${path}`,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify(body),
      signal,
    });
    const { statusCode: status, headers } = response;
    const text = await response.body.text();
    if (status >= 200 && status < 300) return { kind: 'done', body: parseAnswer(expected.body, text, path) };
    if (status === 429 || status === 503) {
      const afterMs = retryAfterMs(single(headers['retry-after']), single(headers['date']));
      return retry(`POST ${path} answered ${status}`, afterMs === undefined ? {} : { afterMs });
    }
    return refusal(status, text, expected.refusals ?? []) ?? throwUnexpected(path, status);
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}

function parseAnswer<Body extends z.ZodObject>(schema: Body, text: string, path: string): z.output<Body> {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Error(`POST ${path} answered what its contract does not allow: ${z.prettifyError(parsed.error)}`);
}

function refusal<Code extends string>(status: number, text: string, codes: readonly Code[]): Failed<Code> | undefined {
  if (status < 400 || status >= 500) return undefined;
  const parsed = refusalSchema.safeParse(parseJson(text));
  const code = codes.find((expected) => expected === parsed.data?.code);
  return code === undefined ? undefined : failed(code, parsed.data?.message);
}

function throwUnexpected(path: string, status: number): never {
  throw new Error(`POST ${path} answered ${status}`);
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

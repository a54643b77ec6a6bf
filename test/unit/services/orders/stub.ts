// The stub downstream on a port of its own, and what a test says to it.
import { afterAll, beforeAll } from '@jest/globals';
import type { LedgerEntry } from '../../../../services/orders/downstream/ledger.ts';
import { misbehaviourSchema } from '../../../../services/orders/downstream/misbehaviour.ts';
import { DownstreamServer } from '../../../../services/orders/downstream/server.ts';
import { SystemClock } from '../../../../shared/runtime/clock.ts';

export interface Stub {
  readonly url: string;
  post(path: string, key: string | undefined, body: unknown): Promise<Response>;
  misbehave(how: Record<string, unknown>): Promise<Response>;
  ledger(): Promise<Map<string, LedgerEntry>>;
}

/** Starts before the calling file's tests and stops after them. */
export function useStub(): Stub {
  const server = new DownstreamServer({
    host: '127.0.0.1',
    port: 0,
    clock: new SystemClock(),
    misbehaviour: misbehaviourSchema.parse({}),
  });
  beforeAll(() => server.start());
  afterAll(() => server.stop());
  const url = (): string => `http://127.0.0.1:${server.port}`;
  return {
    get url() {
      return url();
    },
    post: (path, key, body) =>
      fetch(`${url()}${path}`, {
        method: 'POST',
        headers: key === undefined ? {} : { 'idempotency-key': key },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    misbehave: (how) => fetch(`${url()}/misbehaviour`, { method: 'PUT', body: JSON.stringify(how) }),
    ledger: async () => {
      const text = await (await fetch(`${url()}/ledger`)).text();
      // The stub writes its own entries, one a line.
      const entries = text.split('\n').flatMap((line) => (line ? [JSON.parse(line) as LedgerEntry] : []));
      return new Map(entries.map((entry) => [entry.key, entry]));
    },
  };
}

// Goal: whatever the downstream does wrong, each step's effect happens once, as the ledger proves. Method: the embedded line over a
// downstream that fails every third time; and the same with an engine that breaks its promise, which the proof must notice.
import { describe, expect, it } from '@jest/globals';
import { readLedger } from '../../../../services/dev/ledger.ts';
import { auditOrders, type OrdersReport } from '../../../../services/dev/orders-audit.ts';
import { createActions } from '../../../../services/orders/actions/index.ts';
import { definitions } from '../../../../services/orders/definitions/index.ts';
import { misbehaviourSchema } from '../../../../services/orders/downstream/misbehaviour.ts';
import { DownstreamServer } from '../../../../services/orders/downstream/server.ts';
import { HttpDownstream } from '../../../../services/orders/downstream-client.ts';
import { generateOrders } from '../../../../services/orders/order-generator.ts';
import type { Timer } from '../../../../shared/core/clock.ts';
import { type Action, startEmbeddedLine, type WorkflowHistory } from '../../../../shared/index.ts';
import { SystemClock } from '../../../../shared/runtime/clock.ts';

const ORDERS = 40;
const LIMIT_MS = 60_000;
const HASTE = 5;

/** Backoffs are shorter; all of the line's time is, so that its parts agree on it. */
class HastyClock extends SystemClock {
  override monotonic(): number {
    return super.monotonic() * HASTE;
  }

  override after(ms: number, action: () => void): Timer {
    return super.after(ms / HASTE, action);
  }
}

interface Played {
  readonly report: OrdersReport;
  readonly histories: readonly WorkflowHistory[];
}

/** @param change what is done to the actions before they are hosted */
async function play(change: (action: Action) => Action): Promise<Played> {
  const misbehaviour = misbehaviourSchema.parse({
    errorRate: 0.12,
    lostReplyRate: 0.12,
    throttleRate: 0.08,
    retryAfterSeconds: 1,
    slowRate: 0.1,
    slowMs: 50,
    seed: 'once',
  });
  const server = new DownstreamServer({ host: '127.0.0.1', port: 0, misbehaviour, clock: new SystemClock() });
  await server.start();
  const url = `http://127.0.0.1:${server.port}`;
  const downstream = new HttpDownstream(url);
  const line = await startEmbeddedLine({
    actions: createActions(downstream).map(change),
    definitions,
    clock: new HastyClock(),
  });
  const starts = Array.from(generateOrders('once', ORDERS), (order) =>
    line.publishStart({
      workflow: 'order-payment',
      businessKey: order.orderId,
      data: order,
      source: '/test',
      id: order.orderId,
    }),
  );
  const histories = await Promise.all((await Promise.all(starts)).map((id) => line.ended(id)));
  const report = await auditOrders(line.journal, await readLedger(url));
  await line.stop();
  await downstream.close();
  await server.stop();
  return { report, histories };
}

describe('the effects of orders', () => {
  it(
    'happen once each, although a third of the requests fails, is throttled or loses its answer',
    async () => {
      const { report, histories } = await play((action) => action);
      const failed = histories.flatMap(({ attempts }) => attempts.filter(({ fate }) => fate === 'failed'));

      expect(failed.length).toBeGreaterThan(40);
      expect(report.repeated).toBeGreaterThan(30);
      expect(report.problems).toEqual([]);
      for (const { found, expected } of report.ends.values()) expect(found).toBe(expected);
    },
    LIMIT_MS,
  );

  it(
    'would be seen to happen twice if every repetition had a key of its own',
    async () => {
      const { report } = await play((action) => ({
        ...action,
        run: (call) => {
          const idempotencyKey = call.idempotencyKey + (call.attempt === 1 ? '' : `/${call.attempt}`);
          return action.run({ ...call, idempotencyKey });
        },
      }));
      expect(report.problems.some((problem) => problem.includes('took effect under two keys'))).toBe(true);
    },
    LIMIT_MS,
  );
});

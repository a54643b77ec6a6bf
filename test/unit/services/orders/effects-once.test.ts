// Goal: whatever the downstream does wrong, each step's effect happens once and is undone once, as the ledger proves. Method: the embedded line over a
// downstream that fails every third time; and the same with an engine that breaks its promise, which the proof must notice.
import { describe, expect, it } from '@jest/globals';
import { readLedger } from '../../../../services/dev/ledger.ts';
import { auditOrders, type OrdersReport } from '../../../../services/dev/orders-audit.ts';
import { OutsideWorld, type SentRequest } from '../../../../services/dev/outside-world.ts';
import { SHORT_PATIENCE } from '../../../../services/dev/usual-trouble.ts';
import { createActions } from '../../../../services/orders/actions/index.ts';
import { definitions } from '../../../../services/orders/definitions/index.ts';
import { misbehaviourSchema } from '../../../../services/orders/downstream/misbehaviour.ts';
import { DownstreamServer } from '../../../../services/orders/downstream/server.ts';
import { HttpDownstream } from '../../../../services/orders/downstream-client.ts';
import { generateOrders } from '../../../../services/orders/order-generator.ts';
import type { Timer } from '../../../../shared/core/clock.ts';
import { type Action, startEmbeddedLine, type WorkflowHistory } from '../../../../shared/index.ts';
import type { Journal } from '../../../../shared/journal/journal.ts';
import { SystemClock, SystemRandom } from '../../../../shared/runtime/clock.ts';
import { LifecycleWatch } from '../../../../shared/runtime/lifecycle-watch.ts';
import { silentLog } from '../../../../shared/runtime/log.ts';
import { eventually } from '../../../support/eventually.ts';

const ORDERS = 80;
/** Few enough that each of their problems is listed. */
const FEW = 25;
const SEED = 'once';
const LIMIT_MS = 60_000;
const HASTE = 5;

/** Backoffs are shorter; all of the line's time is, so that its parts agree on it. */
class HastyClock extends SystemClock {
  readonly #startedAt = super.now();

  override now(): number {
    return this.#startedAt + (super.now() - this.#startedAt) * HASTE;
  }

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

interface Playing {
  /** What is done to the actions before they are hosted. */
  readonly change?: (action: Action) => Action;
  readonly count?: number;
  /** Where it is over at the latest: what the report tells then. Default: where every order has ended and every request is answered. */
  readonly isOver?: (report: OrdersReport) => boolean;
}

async function play({ change = (action) => action, count = ORDERS, isOver }: Playing = {}): Promise<Played> {
  const misbehaviour = misbehaviourSchema.parse({
    errorRate: 0.12,
    lostReplyRate: 0.12,
    throttleRate: 0.08,
    retryAfterSeconds: 1,
    slowRate: 0.1,
    slowMs: 50,
    confirmAfterMs: 200,
    deliverAfterMs: 500,
    seed: 'once',
  });
  const server = new DownstreamServer({ host: '127.0.0.1', port: 0, misbehaviour, clock: new SystemClock() });
  await server.start();
  const url = `http://127.0.0.1:${server.port}`;
  const downstream = new HttpDownstream(url);
  const clock = new HastyClock();
  const line = await startEmbeddedLine({
    actions: createActions(downstream, SHORT_PATIENCE).map(change),
    definitions,
    clock,
  });
  const outsider = line.connect();
  const stop = new AbortController().signal;
  const options = { publisher: outsider, namespace: line.namespace, clock, random: new SystemRandom(), stop };
  const world = new OutsideWorld(options, { seed: SEED, count });
  const watch = new LifecycleWatch({
    broker: outsider,
    namespace: line.namespace,
    queue: 'test',
    events: ['started', 'waiting', 'succeeded', 'failed'],
    log: silentLog,
    onEvent: (name, event) => world.take(name, event),
  });
  await watch.start();
  await world.begin();
  const starts = Array.from(generateOrders(SEED, count), (order) =>
    line.publishStart({
      workflow: 'order-payment',
      businessKey: order.orderId,
      data: order,
      source: '/test',
      id: order.orderId,
    }),
  );
  const ids = await Promise.all(starts);
  const reported = async (requests: readonly SentRequest[]) =>
    auditOrders(line.journal, { ledger: await readLedger(url), requests });
  if (isOver) await eventually(async () => isOver(await reported([])), LIMIT_MS);
  const histories = isOver ? [] : await Promise.all(ids.map((id) => line.ended(id)));
  const requests = await world.end();
  if (!isOver) await allAnswered(line.journal, requests);
  const report = await reported(requests);
  await watch.stop();
  await outsider.close();
  await line.stop();
  await downstream.close();
  await server.stop();
  return { report, histories };
}

const allAnswered = (journal: Journal, requests: readonly SentRequest[]): Promise<void> =>
  eventually(async () => {
    const intents = await Promise.all(requests.map(({ intent }) => journal.readIntent(intent)));
    return intents.every((intent) => intent?.state === 'closed');
  }, LIMIT_MS);

describe('the effects of orders', () => {
  it(
    'happen once each, and are undone once each, although a third of the requests fails, is throttled or loses its answer',
    async () => {
      const { report, histories } = await play();
      const failed = histories.flatMap(({ attempts }) => attempts.filter(({ fate }) => fate === 'failed'));

      expect(failed.length).toBeGreaterThan(40);
      expect(report.repeated).toBeGreaterThan(30);
      expect(report.problems).toEqual([]);
      expect(report.answers.get('accepted')).toBeGreaterThan(2);
      expect(report.undone.get('after a failure')).toBeGreaterThan(1);
      for (const { found, expected } of report.ends.values()) expect(found).toBe(expected);
    },
    LIMIT_MS,
  );

  it(
    'would be seen to happen twice if every repetition had a key of its own',
    async () => {
      const problem = 'took effect under two keys';
      const { report } = await play({
        change: (action) => ({
          ...action,
          run: (call) => {
            const idempotencyKey = call.idempotencyKey + (call.attempt === 1 ? '' : `/${call.attempt}`);
            return action.run({ ...call, idempotencyKey });
          },
        }),
        count: FEW,
        // Orders whose effects are found under no key wait for long.
        isOver: ({ problems }) => problems.some((text) => text.includes(problem)),
      });
      expect(report.problems).toContainEqual(expect.stringContaining(problem));
    },
    LIMIT_MS,
  );
});

import type { LifecycleEvent } from '../../shared/contract/lifecycle-event.ts';
import { queueName } from '../../shared/contract/topology.ts';
import type { Clock, Random } from '../../shared/core/clock.ts';
import { auditJournal } from '../../shared/runtime/audit.ts';
import { LifecycleWatch } from '../../shared/runtime/lifecycle-watch.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { generateOrders } from '../orders/order-generator.ts';
import type { DevLine, OrdersToPlace } from './dev-line.ts';
import { Ends } from './ends.ts';
import { readLedger } from './ledger.ts';
import { auditOrders } from './orders-audit.ts';
import { OutsideWorld, type SentRequest } from './outside-world.ts';
import { workflowIdOfOrder } from './producer.ts';
import { Rate } from './rate.ts';
import { type Findings, isClean } from './report.ts';
import { FleetFigures } from './station-figures.ts';
import type { Picture, View } from './view.ts';

/** With no order ending for so long, something is wrong: every delay on the line is shorter. */
const STALLED_MS = 120_000;

/**
 * How long a line may take to come to rest after its last order has ended: a head that its killed worker did not write follows
 * when the message comes back, after the liveness timeout.
 */
const REST_MS = 20_000;
const LOOK_AGAIN_MS = 500;

export interface DemonstrationOptions {
  readonly line: DevLine;
  readonly orders: OrdersToPlace;
  readonly view: View;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Ends it early. */
  readonly stop: AbortSignal;
}

export type Outcome =
  | { readonly kind: 'done'; readonly findings: Findings }
  | { readonly kind: 'stopped'; readonly ends: Ends };

/**
 * Places the orders on a line that is started, shows how they go, and audits the line once they have ended.
 * @throws Error when the line breaks, or stands still
 */
export async function demonstrate(options: DemonstrationOptions): Promise<Outcome> {
  const { line, orders, view, clock, random, log, stop } = options;
  const over = new AbortController();
  const ends = new Ends({
    wanted: orders.count,
    isTakenUp: (code) => line.operator?.takesUp(code) ?? false,
    onAll: () => over.abort(),
  });
  for (const signal of [stop, line.broken]) {
    if (signal.aborted) over.abort();
    signal.addEventListener('abort', () => over.abort(), { once: true });
  }
  const { broker: publisher, namespace } = line;
  const gone = AbortSignal.any([stop, line.broken]);
  const outside = new OutsideWorld({ publisher, namespace, clock, random, stop: gone }, orders);
  const watch = new LifecycleWatch({
    broker: line.broker,
    namespace: line.namespace,
    queue: 'dev',
    events: ['started', 'waiting', 'succeeded', 'failed', 'cancelled', 'parked', 'resumed'],
    log,
    onEvent: (name, event) => {
      outside.take(name, event);
      ends.take(name, event);
      if (name === 'parked') void takeUpAgain(options, event);
    },
  });
  await watch.start();
  await outside.begin();
  const endTrouble = line.beginTrouble();
  try {
    await Promise.all([
      line.placeOrders(orders, over.signal).catch((error: unknown) => {
        if (over.signal.aborted) return; // what is not placed any more is not missing
        over.abort();
        throw error;
      }),
      showUntilOver({ ...options, ends, over: over.signal }),
    ]);
  } finally {
    over.abort();
    endTrouble();
    view.end();
    await watch.stop();
  }
  line.broken.throwIfAborted();
  if (stop.aborted) return { kind: 'stopped', ends };
  return { kind: 'done', findings: await auditAtRest(options, await outside.end()) };
}

/** An operator who fails says why; the workflow stays parked, and the line is found to stand still. */
async function takeUpAgain({ line, view }: DemonstrationOptions, { workflowid, subject, data }: LifecycleEvent) {
  if (!line.operator?.takesUp(data.code)) return;
  try {
    await line.operator.takeUp(workflowid);
    view.note(`${subject} was parked (${data.code}: ${data.reason}) The operator has taken it up again.`);
  } catch (error) {
    view.note(`${subject} was parked (${data.code}), and could not be taken up again: ${String(error)}`);
  }
}

interface Showing extends DemonstrationOptions {
  readonly ends: Ends;
  readonly over: AbortSignal;
}

async function showUntilOver({ line, orders, view, clock, ends, over }: Showing): Promise<void> {
  const begunAt = clock.monotonic();
  const figures = new FleetFigures();
  const rate = new Rate();
  let lastEnd = { ended: 0, at: begunAt };
  const look = async (): Promise<Picture> => {
    figures.take(await line.scrape());
    const now = clock.monotonic();
    const elapsedMs = now - begunAt;
    return {
      elapsedMs,
      wanted: orders.count,
      started: figures.started,
      ended: ends.ended,
      endedBy: ends.byEnd(),
      parked: ends.parked,
      ratePerSecond: rate.take(now, ends.ended),
      stations: await Promise.all(
        line.actions.map(async (action) => ({
          ...figures.station(action, elapsedMs),
          depth: await depthOf(line, action),
        })),
      ),
    };
  };
  while (!over.aborted) {
    await clock.sleep(view.everyMs, over);
    view.show(await look());
    const now = clock.monotonic();
    if (ends.settled > lastEnd.ended) lastEnd = { ended: ends.settled, at: now };
    if (now - lastEnd.at > STALLED_MS) {
      throw new Error(`no order has ended for ${STALLED_MS / 1_000} s; ${ends.settled} of ${orders.count} have`);
    }
  }
}

/** Undefined while the broker does not answer: the view says so and goes on. */
async function depthOf(line: DevLine, action: string): Promise<number | undefined> {
  try {
    return (await line.broker.depth(queueName.work(line.namespace, action))) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Audits until nothing is found, or the line has had its time to come to rest: what is wrong for good is found by every look, and
 * what only lagged behind is not.
 */
async function auditAtRest(options: DemonstrationOptions, requests: readonly SentRequest[]): Promise<Findings> {
  const { clock } = options;
  const endsAt = clock.monotonic() + REST_MS;
  for (;;) {
    const findings = await audit(options, requests);
    if (isClean(findings) || findings.journal.totals.parked > 0 || clock.monotonic() > endsAt) return findings;
    await clock.sleep(LOOK_AGAIN_MS);
  }
}

async function audit(
  { line, orders, clock }: DemonstrationOptions,
  requests: readonly SentRequest[],
): Promise<Findings> {
  const { seed, count } = orders;
  const expected = Array.from(generateOrders(seed, count), ({ orderId }) => workflowIdOfOrder(orderId));
  const journal = await auditJournal(line.journal, { clock, expected, drained: true });
  const ledger = await readLedger(line.downstreamUrl);
  return { journal, orders: await auditOrders(line.journal, { ledger, requests }) };
}

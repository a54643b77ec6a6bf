import type { Delivery } from '../broker/broker.ts';
import type { Ticket } from '../contract/ticket.ts';
import { waitAddress } from '../contract/topology.ts';
import { snapshotId } from '../core/names.ts';
import { DEFAULT_POLLING_POLICY } from '../core/polling-policy.ts';
import { unreachable } from '../core/unreachable.ts';
import { nextPollAt } from '../core/wait.ts';
import type { WaitRecord } from '../journal/wait-records.ts';
import { pauseAt } from './pause-points.ts';
import type { Poller, PollReply } from './poller.ts';
import { untilKnown } from './right-to-act.ts';
import { LOOKED_HEADER } from './sender.ts';
import type { StationContext } from './station-context.ts';
import { sendTicket } from './wait-begin.ts';
import { closeWait } from './wait-closing.ts';
import { completeWait } from './wait-completion.ts';
import { followWait } from './waiting-step.ts';

/** Pause before a look whether the next ticket, which another has made to count, is out. */
const LOOK_AGAIN_MS = 1_000;

/** A ticket that came to its station's wait queue. */
export interface TicketVisit {
  readonly ticket: Ticket;
  readonly delivery: Delivery;
  /** Before the same ticket is sent again: a copy that came back while this is under way would be taken for one of it. */
  leave(): void;
}

/** `taken`: what it stood for is durable elsewhere, and it may be acknowledged · `given-back`: the process stops. */
export type TicketResult = 'taken' | 'given-back';

/**
 * What a ticket that is due calls for (journal.md D3). Nothing here is exclusive: a poll only asks, and the snapshot's key decides; the
 * tickets' numbers only keep copies from multiplying.
 * @param poller absent when the action has nothing to poll with
 */
export async function takeTicket(
  context: StationContext,
  poller: Poller | undefined,
  visit: TicketVisit,
): Promise<TicketResult> {
  const { line, right } = context;
  const { ticket } = visit;
  const { workflowId, step } = ticket;
  const [wait, snapshot] = await Promise.all([
    untilKnown(() => line.reads.wait(snapshotId(workflowId, step)), right),
    untilKnown(() => line.reads.snapshot({ workflowId, step }), right),
  ]);
  // One that is closed was followed through; one that is not there went with its workflow.
  if (!wait?.open) return 'taken';
  if (snapshot) {
    await followWait(context, wait, snapshot);
    return 'taken';
  }
  if (wait.ticket === ticket.ticket) return call(context, poller, visit, wait);
  if (wait.ticket === ticket.ticket + 1) await sendAdvanced(context, visit, wait);
  return 'taken';
}

/** The ticket counts: the time is over, or the action is asked. */
async function call(
  context: StationContext,
  poller: Poller | undefined,
  visit: TicketVisit,
  wait: WaitRecord,
): Promise<TicketResult> {
  const { line } = context;
  if (wait.until && wait.until.getTime() <= line.clock.now()) {
    await completeWait(context, wait, { by: 'deadline' });
    return 'taken';
  }
  if (wait.pollAfterMs === undefined) {
    // Its sender's clock is ahead of this one's, and nothing is to be asked before the time is over.
    visit.leave();
    await sendTicket(context, wait);
    return 'taken';
  }
  const reply = poller ? await poller.ask(wait) : cannotPoll(context, wait);
  switch (reply.kind) {
    case 'answered':
      await completeWait(context, wait, { by: 'poll', answer: reply.answer });
      return 'taken';
    case 'pending':
      await advance(context, visit, wait, reply);
      return 'taken';
    case 'removed':
      await closeWait(context, wait);
      return 'taken';
    case 'interrupted':
      return 'given-back';
    default:
      return unreachable(reply);
  }
}

/** The build that began the wait could poll; this one cannot. The next ticket may come to one that can. */
function cannotPoll({ line, action }: StationContext, wait: WaitRecord): PollReply {
  line.metrics.polled(action.name, 'invalid');
  line.log
    .forStep(wait)
    .error({}, 'a wait is to be polled, but this build of its action has no poll; the wait goes on');
  return { kind: 'pending' };
}

/** Nothing yet: the next ticket counts from now on, and goes out. */
async function advance(
  context: StationContext,
  visit: TicketVisit,
  wait: WaitRecord,
  { afterMs }: { readonly afterMs?: number },
): Promise<void> {
  const { line, right, action } = context;
  const { _id, attempt, ticket } = wait;
  const due = nextPollAt(
    {
      policy: action.polling ?? DEFAULT_POLLING_POLICY,
      polls: wait.polls + 1,
      until: wait.until?.getTime(),
      now: line.clock.now(),
      random: line.random.next(),
    },
    afterMs === undefined ? {} : { afterMs },
  );
  const polled = { _id, attempt, ticket, due: new Date(due) };
  const stands = await untilKnown(() => line.writes.advanceWait(polled), right);
  if (!stands?.open || stands.attempt !== attempt || stands.ticket !== ticket + 1) return;
  await pauseAt(context, 'ticket-advanced', wait);
  if (stands.due?.getTime() !== due) await sendAdvanced(context, visit, stands);
  else if (!stands.published) await sendTicket(context, stands);
}

/**
 * Another copy of the ticket has made the next one count. Is that one marked, nothing is missing. If not, whoever has it in hand is about
 * to send it, unless it died over it: so this copy looks again a little later, and only then sends it instead. Two copies that both
 * sent it would double the wait's tickets, and go on as two.
 */
async function sendAdvanced(context: StationContext, visit: TicketVisit, wait: WaitRecord): Promise<void> {
  if (wait.published) return;
  const { delivery } = visit;
  if (hasLooked(delivery)) return sendTicket(context, wait);
  visit.leave();
  await context.sender.toLookAgain(delivery, waitAddress(wait.action), LOOK_AGAIN_MS);
}

/** Not that it came back: so does a ticket that the engine failed on, and that one has not looked yet. */
const hasLooked = ({ headers }: Delivery): boolean => headers[LOOKED_HEADER] === 1;

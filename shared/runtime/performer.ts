import type { Envelope } from '../contract/envelope.ts';
import type { Performed } from '../core/transition.ts';
import { type Abortable, AbortHandle } from './abort-handle.ts';
import type { Claimed } from './claim.ts';
import type { Given } from './given.ts';
import { checkContract } from './middleware/contract-check.ts';
import { watchInterrupts } from './middleware/interruption.ts';
import { measure } from './middleware/measurement.ts';
import { limitTime } from './middleware/time-limit.ts';
import type { StationContext } from './station-context.ts';
import type { Undoing } from './undoing.ts';

/** What a claimed step is performed with; with `undoing`, another step is undone. */
interface Task extends Given {
  readonly undoing?: Undoing;
}

/** One call of an action, on its way through the middleware. */
export interface Call extends Task {
  readonly envelope: Envelope;
  /** Aborting it asks the action to give up; its reason says why. */
  readonly controller: Abortable;
}

/** Makes a call: an action, or an action with something around it. */
export type Performer = (call: Call) => Promise<Performed>;

/** A concern around the action: gets what is inside it, returns that with itself around it. */
export type Middleware = (next: Performer) => Performer;

/** An action with everything that surrounds it, outermost first. */
export function performerOf(context: StationContext): Performer {
  const { line, action } = context;
  const around: readonly Middleware[] = [
    measure(line.metrics, line.clock),
    watchInterrupts(context.callsUnderWay),
    limitTime(action.timeoutMs, line.clock, line.log),
  ];
  return around.reduceRight((next, middleware) => middleware(next), checkContract(action, line.log));
}

/** Performs a claimed step. There is no other way to perform: a `Claimed` comes from `claim` alone. Never rejects. */
export const perform = (performer: Performer, claimed: Claimed, task: Task): Promise<Performed> =>
  performer({ ...task, envelope: claimed.envelope, controller: new AbortHandle() });

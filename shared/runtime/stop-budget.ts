// How long the parts of a process may take to stop, and who waits for whom. With SHUTDOWN_GRACE at 25 s:
//
//   SHUTDOWN_GRACE              25 s      the platform kills the process some time after it
//   └─ groupStopMs              22.5 s    waits for all services, the last one started first; the rest is for saying what did not stop
//      ├─ the line              21.375 s  all but what RESERVED_SHARE keeps for the status server
//      │  ├─ of a worker
//      │  │  ├─ actionGraceMs   14.375 s  actions under way finish
//      │  │  ├─ GIVE_UP_MS       5 s      those that did not are interrupted, and give up
//      │  │  └─ CLOSE_MS         2 s      the connections close
//      │  └─ of an intake or a steward
//      │     ├─ FINISH_MS        5 s      what is under way finishes
//      │     └─ CLOSE_MS         2 s      the connections close
//      └─ the status server
//         └─ HTTP_MS             1 s      requests under way are answered
//
// A process that lost its right to act has no such time: it has FENCED_MS, because the others go on without it when its liveness
// timeout has passed.
import { LEAST_MARGIN_MS } from './liveness.ts';

/** The services of a process get this share of SHUTDOWN_GRACE for their stop; the rest is for saying what did not stop. */
const STOP_SHARE = 0.9;

/** Of the time for a stop, each service is left at least this share, however long those before it took. */
export const RESERVED_SHARE = 0.05;

/** What an interrupted action has to give up before its process goes on without it. */
export const GIVE_UP_MS = 5_000;

/** For the closing handshakes with the broker: a process that stops has told it everything before. */
export const CLOSE_MS = 2_000;

/** What start events, or a steward's work, under way have to finish; what a server's absence holds up longer is left, and delivered again. */
export const FINISH_MS = 5_000;

/** What HTTP requests under way have before their connections are closed. */
export const HTTP_MS = 1_000;

/** How long a fenced process takes to let go, a half each for its actions and its attempts; the rest of the margin is for its exit. */
export const FENCED_MS = LEAST_MARGIN_MS * 0.8;

/** How long all services of a process may take to stop, milliseconds. */
export const groupStopMs = (shutdownGraceMs: number): number => shutdownGraceMs * STOP_SHARE;

/** How long a worker lets its actions finish before it interrupts them, milliseconds; 0 when SHUTDOWN_GRACE has no room for more. */
export const actionGraceMs = (shutdownGraceMs: number): number =>
  Math.max(0, groupStopMs(shutdownGraceMs) * (1 - RESERVED_SHARE) - GIVE_UP_MS - CLOSE_MS);

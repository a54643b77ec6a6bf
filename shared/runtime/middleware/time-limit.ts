import type { Clock } from '../../core/clock.ts';
import { describeError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Performed } from '../../core/transition.ts';
import type { Log } from '../log.ts';
import type { Call, Middleware } from '../performer.ts';

/**
 * Aborts the action's signal at its timeout and waits for it to return, at most `LIMITS.abortGraceMs` longer. What it then still
 * completes counts, because it happened; an action that outlives the grace is reported, and again when it returns, and
 * its result has no effect.
 */
export const limitTime =
  (limitMs: number, clock: Clock, log: Log): Middleware =>
  (next) =>
  (call) =>
    new Promise((resolve, reject) => {
      const describe = { workflowId: call.envelope.workflowId, step: call.envelope.step, action: call.envelope.action };
      let overdue = false;
      let outlived = false;
      let timer = clock.after(limitMs, () => {
        overdue = true;
        call.controller.abort(new Error(timedOut(call, limitMs).reason));
        timer = clock.after(LIMITS.abortGraceMs, () => {
          outlived = true;
          log.error(describe, 'action ignores its abort signal; its attempt is settled without it');
          resolve(timedOut(call, limitMs));
        });
      });
      const returned = (performed: Performed): void => {
        timer.cancel();
        if (outlived) log.warn(describe, 'action returned long after its timeout; its result has no effect');
        resolve(overdue ? afterTimeout(performed, call, limitMs) : performed);
      };
      next(call).then(returned, (mistake: unknown) => {
        timer.cancel();
        reject(mistake);
      });
    });

const timedOut = (call: Call, limitMs: number) => ({
  kind: 'threw' as const,
  code: 'action-timed-out' as const,
  reason: describeError('action-timed-out', { action: call.envelope.action, timeoutMs: limitMs }),
});

/** What the action says after its signal was aborted: a decision stands, an excuse was caused by the abort. */
const afterTimeout = (performed: Performed, call: Call, limitMs: number): Performed =>
  performed.kind === 'threw' || performed.kind === 'retry' ? timedOut(call, limitMs) : performed;

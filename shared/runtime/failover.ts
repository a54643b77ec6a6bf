import { Fatal } from '../core/errors.ts';
import { fenceAfterMs, HEARTBEAT_MS } from './liveness.ts';

/** From the election to the driver's knowing of the new primary, milliseconds: measured below this. */
const FOUND_AGAIN_MS = 1_000;

/**
 * The smallest LIVENESS_TIMEOUT with which a worker outlives a failover. Its last renewal may be one heartbeat old when the primary dies,
 * and it fences itself somewhat before the timeout.
 */
export function neededLivenessMs(electionMs: number): number {
  const silentMs = HEARTBEAT_MS + electionMs + FOUND_AGAIN_MS;
  let timeoutMs = silentMs;
  while (fenceAfterMs(timeoutMs) < silentMs) timeoutMs += 100;
  return timeoutMs;
}

/**
 * Compares LIVENESS_TIMEOUT with the replica set: were it shorter than a failover, each one would end all workers.
 * @param electionMs null: not known, e.g. behind a router; then nothing is compared
 * @throws Fatal `timeout-too-small`, with the arithmetic
 */
export function checkFailover(timeoutMs: number, electionMs: number | null): void {
  if (electionMs === null) return;
  const neededMs = neededLivenessMs(electionMs);
  if (timeoutMs < neededMs) throw new Fatal('timeout-too-small', { timeoutMs, electionMs, neededMs });
}

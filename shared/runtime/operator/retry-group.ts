import { Refused } from '../../core/errors.ts';
import type { Acting } from '../acting.ts';
import type { ParkedWorkflow } from './parked.ts';
import { retryParked } from './retry.ts';

/** Retried at once: each is a few writes and reads, and one message. */
const AT_ONCE = 8;

/** What became of one of a group. */
export type Retried = { readonly workflowId: string; readonly businessKey: string } & (
  | { readonly step: number; readonly attempt: number }
  /** It was not retried: it has gone on meanwhile, or cannot. */
  | { readonly refused: string; readonly reason: string }
);

/**
 * Retries each of these at the parking at which it was found, and no other: one that has gone on since, and was parked again, is left.
 * @param onProgress called after each
 * @throws whatever a server's absence leads to; those that were retried before are, and the same may be repeated
 */
export async function retryGroup(
  acting: Acting,
  group: readonly ParkedWorkflow[],
  onProgress: (done: number) => void = () => {},
): Promise<readonly Retried[]> {
  const results: Retried[] = [];
  const left = group.values();
  const work = async (): Promise<void> => {
    for (const parked of left) {
      results.push(await retryOne(acting, parked));
      onProgress(results.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

async function retryOne(acting: Acting, parking: ParkedWorkflow): Promise<Retried> {
  const { workflowId, businessKey } = parking;
  try {
    const { step, attempt } = await retryParked(acting, workflowId, { parking });
    return { workflowId, businessKey, step, attempt };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { workflowId, businessKey, refused: error.code, reason: error.message };
  }
}

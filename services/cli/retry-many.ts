import { findParked, type ParkedFilter } from '../../shared/runtime/operator/parked.ts';
import { type Retried, retryGroup } from '../../shared/runtime/operator/retry-group.ts';
import { printable } from '../../shared/runtime/printable.ts';
import type { Paint } from './paint.ts';
import type { Result } from './result.ts';
import type { Session } from './session.ts';

/** Parked workflows that are looked at to find a group. */
const MOST_LOOKED_AT = 100_000;
/** A group is given up when the servers do not answer for so long in all. */
const INSIST_MS = 300_000;
const MOST_SHOWN = 20;

/** Retries the newest `limit` of a group. It may be repeated: what goes on is not parked any more. */
export async function retryMany(
  session: Session,
  { workflow, action, code }: ParkedFilter,
  limit: number,
): Promise<Result> {
  const acting = await session.acting(INSIST_MS);
  const filter = {
    ...(workflow === undefined ? {} : { workflow }),
    ...(action === undefined ? {} : { action }),
    ...(code === undefined ? {} : { code }),
  };
  const { parked, hasMore } = await findParked(acting.line.journal, filter, MOST_LOOKED_AT);
  const group = parked.slice(0, limit);
  const results = await retryGroup(acting, group, (done) => session.showProgress(`${done} of ${group.length} retried`));
  if (group.length > 0) session.showProgress('\n');
  const refused = results.filter((result) => 'refused' in result);
  const left = parked.length - group.length;
  return {
    json: { found: parked.length, hasMore, retried: results.length - refused.length, left, refused },
    text: (paint) => render(printable(refused), { retried: results.length - refused.length, left, hasMore }, paint),
    exitCode: refused.length === 0 ? 0 : 1,
  };
}

function render(
  refused: readonly Extract<Retried, { refused: string }>[],
  { retried, left, hasMore }: { readonly retried: number; readonly left: number; readonly hasMore: boolean },
  paint: Paint,
): string {
  const lines = refused
    .slice(0, MOST_SHOWN)
    .map(({ workflowId, businessKey, refused: code, reason }) => `  ${workflowId} (${businessKey}) ${code}: ${reason}`);
  return [
    `${retried} retried${left > 0 || hasMore ? `, ${left} left of this group${hasMore ? ', or more' : ''}` : ''}`,
    ...(refused.length > 0 ? [paint.bad(`${refused.length} refused:`), ...lines] : []),
    ...(refused.length > lines.length ? [`  … and ${refused.length - lines.length} more: --json lists them`] : []),
  ].join('\n');
}

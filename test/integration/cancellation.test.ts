// Cancellations on real servers: what the rules need of them, once through.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EVENT_CONTENT_TYPE, eventKeyOf } from '../../shared/contract/cloud-event.ts';
import { cancellationMessage } from '../../shared/contract/steward-event.ts';
import type { CancelAnswer } from '../../shared/core/cancellation.ts';
import { completed, failed, retry } from '../../shared/core/outcome.ts';
import { auditJournal } from '../../shared/runtime/audit.ts';
import { SystemClock } from '../../shared/runtime/clock.ts';
import { Ledger, ORDER_ACTIONS, orderAction, orderWorkflow } from '../support/cancel-scene.ts';
import { eventually } from '../support/eventually.ts';
import { InProcessLine } from '../support/in-process-line.ts';
import { removeNamespace } from '../support/namespaces.ts';
import { RealLine } from '../support/real-line.ts';
import { testServers } from '../support/servers.ts';

const NAMESPACE = `cancel-${process.pid}`;
/** Business keys of orders whose payment is busy for an hour, and of those that are declined. */
const BUSY = 'busy';
const DECLINED = 'declined';

describe('an order on real servers', () => {
  const real = new RealLine(NAMESPACE);
  const ledger = new Ledger();
  let line: InProcessLine;

  beforeAll(async () => {
    const actions = ORDER_ACTIONS.map((name) =>
      orderAction(
        name,
        ({ businessKey, idempotencyKey }) => {
          if (name === 'pay' && businessKey.startsWith(BUSY))
            return Promise.resolve(retry('busy', { afterMs: 3_600_000 }));
          if (name === 'pay' && businessKey.startsWith(DECLINED)) return Promise.resolve(failed('declined'));
          ledger.do(idempotencyKey, name);
          return Promise.resolve(completed({ [name]: idempotencyKey }));
        },
        ({ undoneKey }) => {
          ledger.undo(undoneKey);
          return Promise.resolve(completed({}));
        },
        3,
      ),
    );
    const urls = testServers();
    line = await InProcessLine.start({ urls, namespace: NAMESPACE, actions, definitions: [orderWorkflow()] });
  });

  afterAll(async () => {
    await line.close();
    await removeNamespace(NAMESPACE, testServers());
  });

  async function cancel(workflowId: string, id: string): Promise<CancelAnswer> {
    const request = { workflowId, workflow: 'order', source: '/test', id, reason: 'changed my mind' };
    const { body } = cancellationMessage(NAMESPACE, request);
    await real.publish('cancel', 'order', body, EVENT_CONTENT_TYPE);
    let answer: CancelAnswer | undefined;
    await eventually(
      async () => {
        answer = (await real.journal.readIntent(eventKeyOf('/test', id)))?.answer;
        return answer !== undefined;
      },
      20_000,
      () => `an answer to ${id}`,
    );
    return answer as unknown as CancelAnswer; // eventually resolves only then
  }

  const statusOf = async (id: string): Promise<string | undefined> => (await real.journal.readHead(id))?.status;

  it('is cancelled, undone once, and answered once, however many ask', async () => {
    const ids = await Promise.all([1, 2, 3, 4, 5].map((number) => real.start(`${BUSY}-${number}`, {}, 'order')));
    await eventually(async () =>
      (await Promise.all(ids.map((id) => real.history(id)))).every((h) => (h?.attempts.length ?? 0) > 1),
    );
    const answers = await Promise.all(ids.flatMap((id) => [cancel(id, `a-${id}`), cancel(id, `b-${id}`)]));
    expect(answers.filter(({ kind }) => kind === 'accepted')).toHaveLength(ids.length);
    await eventually(async () => (await Promise.all(ids.map(statusOf))).every((status) => status === 'cancelled'));
    expect(ledger.left).toEqual([]);
  });

  it('is undone after a failure, and a request comes too late', async () => {
    const id = await real.start(`${DECLINED}-1`, {}, 'order');
    await eventually(async () => (await statusOf(id)) === 'failed');
    expect(await cancel(id, `late-${id}`)).toEqual({ kind: 'too-late', status: 'failed' });
    expect(ledger.left).toEqual([]);
  });

  it('leaves a journal in order', async () => {
    const { violations } = await auditJournal(real.journal, { clock: new SystemClock() });
    expect(violations).toEqual([]);
  });
});

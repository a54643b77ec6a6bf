import { describe, expect, it } from '@jest/globals';
import type { Notification } from '../../../../shared/contract/steward-event.ts';
import { LIMITS } from '../../../../shared/core/limits.ts';
import type { Acting } from '../../../../shared/runtime/acting.ts';
import { silentLog } from '../../../../shared/runtime/log.ts';
import { NotificationDesk } from '../../../../shared/runtime/steward/notification-desk.ts';
import { settleUnused } from '../../../../shared/runtime/unfit-notification.ts';
import { TestLine } from '../../../support/test-line.ts';
import { paymentWorkflow } from '../../../support/wait-scene.ts';

const WORKFLOW = 'A'.repeat(22);

/** A line with one workflow, and who acts on it: `logged` is what that warns and says of. */
async function paymentLine() {
  const line = new TestLine();
  await line.prepare([paymentWorkflow()]);
  await line.journal.insertHeads([
    {
      _id: WORKFLOW,
      workflowId: WORKFLOW,
      workflow: 'payment',
      version: 1,
      businessKey: 'order',
      status: 'running',
      input: {},
      source: '/test',
      eventId: '1',
      startedAt: new Date(line.clock.now()),
    },
  ]);
  const logged: string[] = [];
  const write = (_: object, message = ''): void => void logged.push(message);
  const { acting } = line.addOperator();
  const log = { ...silentLog, isEnabled: () => true, info: write, warn: write };
  const logging: Acting = { ...acting, line: { ...acting.line, log } };
  return { line, acting: logging, logged };
}

const notification = (target: Pick<Notification, 'workflowId' | 'businessKey'>): Notification => ({
  kind: 'notification',
  key: 'k',
  eventId: 'n-1',
  source: '/bank',
  name: 'unheard-of',
  workflow: undefined,
  data: {},
  ...target,
});

describe('the desk for notifications', () => {
  it('keeps what no action of the workflow takes, and says so instead of promising it a wait', async () => {
    const { line, acting, logged } = await paymentLine();
    const event = notification({ workflowId: WORKFLOW, businessKey: undefined });
    await line.until(new NotificationDesk(acting).take(event));
    expect(await line.journal.findNotifications({}, 10)).toMatchObject([{ state: 'kept' }]);
    expect(logged).toEqual(['notification kept, but its workflow has no action that takes it']);
  });

  it('keeps under a business key what another workflow to come may wait for', async () => {
    const { line, acting, logged } = await paymentLine();
    const event = notification({ workflowId: undefined, businessKey: 'order' });
    await line.until(new NotificationDesk(acting).take(event));
    expect(logged).toEqual(['notification kept for a wait to come']);
  });
});

describe('a notification that completes no wait', () => {
  it('is settled with a reason that is cut, whoever finds it, and warned of without the reason', async () => {
    const { line, acting, logged } = await paymentLine();
    const { key: _id, name, source, eventId, data } = notification({ workflowId: undefined, businessKey: 'order' });
    const receivedAt = new Date(line.clock.now());
    const record = { _id, name, businessKey: 'order', source, eventId, data, receivedAt, state: 'kept' } as const;
    await line.journal.insertNotifications([record]);
    const reason = 'x'.repeat(10_000);
    const settled = settleUnused(acting, record, { state: 'refused', usedBy: WORKFLOW, step: 1, reason });
    await line.until(settled);
    const [kept] = await line.journal.findNotifications({}, 10);
    expect(kept?.state).toBe('refused');
    expect(Buffer.byteLength(kept?.reason ?? '')).toBeLessThanOrEqual(LIMITS.textBytes);
    expect(logged).toEqual(['notification completes no wait']);
  });
});

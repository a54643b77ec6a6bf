import { describe, expect, it } from '@jest/globals';
import type { Snapshot } from '../../../shared/journal/records.ts';
import type { WaitRecord } from '../../../shared/journal/wait-records.ts';
import { givenOf } from '../../../shared/runtime/waiting-step.ts';
import { onCall } from '../../support/on-call.ts';
import { TestLine } from '../../support/test-line.ts';

describe('what a step that waits was performed with', () => {
  it('is found although a quick reading misses the decision before it: that is no removed workflow', async () => {
    const line = new TestLine({ wrapJournal: (journal) => onCall(journal, 'findSnapshots', async () => []) });
    const workflowId = 'A'.repeat(22);
    const at = new Date(line.clock.now());
    const place = { workflowId, attempt: 1, action: 'ask' } as const;
    const before: Snapshot = {
      ...place,
      _id: `${workflowId}/00001`,
      step: 1,
      kind: 'run',
      state: 'placed',
      changes: {},
      data: { much: 'more' },
      next: { action: 'ask' },
      token: 't',
      durationMs: 1,
      worker: 'w',
      at,
    };
    await line.journal.insertSnapshots([before]);
    const wait: WaitRecord = {
      ...place,
      _id: `${workflowId}/00002`,
      step: 2,
      workflow: 'payment',
      version: 1,
      businessKey: 'order',
      state: 'placed',
      ticket: 1,
      published: true,
      polls: 0,
      open: true,
      at,
    };
    const { acting } = line.addOperator();
    expect(await line.until(givenOf(acting, wait))).toMatchObject({ data: { much: 'more' } });
  });
});

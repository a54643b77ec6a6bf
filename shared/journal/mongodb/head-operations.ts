import type { HeadJournal } from '../port/heads.ts';
import type { WorkflowHistory } from '../records.ts';
import { changeHeads } from './change-heads.ts';
import { findHeads } from './find-heads.ts';
import { findHeadsOf } from './find-heads-of.ts';
import { findPastDeadline } from './find-past-deadline.ts';
import { insertHeads } from './insert-heads.ts';
import { markRedriven } from './mark-redriven.ts';
import type { Operate } from './operate.ts';
import { readHead } from './read-head.ts';
import { readHeads } from './read-heads.ts';
import { readHistory } from './read-history.ts';
import { removeWorkflows } from './remove-workflows.ts';
import { scanHeads } from './scan-heads.ts';
import { scanHistories } from './scan-histories.ts';

export const headOperations = (operate: Operate): HeadJournal => ({
  insertHeads: (heads) => operate(({ commands }) => insertHeads(commands, heads)),
  changeHeads: (changes) => operate(({ commands }) => changeHeads(commands, changes)),
  markRedriven: (workflowId, asRead, mark) =>
    operate(({ commands }) => markRedriven(commands, workflowId, asRead, mark)),
  readHead: (workflowId) => operate(({ commands }) => readHead(commands, workflowId)),
  readHeads: (workflowIds) => operate(({ commands }) => readHeads(commands, workflowIds)),
  readHistory: (workflowId) => operate(({ commands }) => readHistory(commands, workflowId)),
  findHeads: (filter, limit) => operate(({ commands }) => findHeads(commands, filter, limit)),
  findHeadsOf: (keys, limit) => operate(({ commands }) => findHeadsOf(commands, keys, limit)),
  scanHistories: () => stepwise(operate),
  scanHeads: (scan, limit) => operate(({ commands }) => scanHeads(commands, scan, limit)),
  findPastDeadline: (now, limit) => operate(({ commands }) => findPastDeadline(commands, now, limit)),
  removeWorkflows: (workflowIds) => operate(({ commands }) => removeWorkflows(commands, workflowIds)),
});

/** Each step of the scan is an operation: between them the reader takes its time. */
async function* stepwise(operate: Operate): AsyncGenerator<WorkflowHistory, void, void> {
  let histories: AsyncGenerator<WorkflowHistory, void, void> | undefined;
  for (;;) {
    const next = await operate(({ commands }) => {
      histories ??= scanHistories(commands);
      return histories.next();
    });
    if (next.done) return;
    yield next.value;
  }
}

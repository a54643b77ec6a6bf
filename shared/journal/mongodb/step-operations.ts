import type { StepJournal } from '../port/steps.ts';
import { findAttempted } from './find-attempted.ts';
import { findSnapshots } from './find-snapshots.ts';
import { findUsedNotifications } from './find-used-notifications.ts';
import { insertAttempts } from './insert-attempts.ts';
import { insertSnapshots } from './insert-snapshots.ts';
import type { Operate } from './operate.ts';
import { readCourses } from './read-courses.ts';
import { readSnapshot } from './read-snapshot.ts';
import { readStands } from './read-stands.ts';
import { readStep } from './read-step.ts';
import { settleAttempt } from './settle-attempt.ts';

export const stepOperations = (operate: Operate): StepJournal => ({
  insertAttempts: (attempts) => operate(({ commands }) => insertAttempts(commands, attempts)),
  insertSnapshots: (snapshots) => operate(({ commands }) => insertSnapshots(commands, snapshots)),
  settleAttempt: (attemptId, settlement) => operate(({ commands }) => settleAttempt(commands, attemptId, settlement)),
  readStep: (workflowId, step) => operate(({ commands }) => readStep(commands, workflowId, step)),
  readSnapshot: (workflowId, step) => operate(({ commands }) => readSnapshot(commands, workflowId, step)),
  findSnapshots: (steps) => operate(({ commands }) => findSnapshots(commands, steps)),
  findAttempted: (steps) => operate(({ commands }) => findAttempted(commands, steps)),
  readCourses: (workflowIds) => operate(({ commands }) => readCourses(commands, workflowIds)),
  readStands: (workflowIds) => operate(({ commands }) => readStands(commands, workflowIds)),
  findUsedNotifications: (workflowId) => operate(({ commands }) => findUsedNotifications(commands, workflowId)),
});

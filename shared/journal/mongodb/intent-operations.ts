import type { IntentJournal } from '../port/intents.ts';
import { closeIntent } from './close-intent.ts';
import { findIntents } from './find-intents.ts';
import { insertIntent } from './insert-intent.ts';
import { openIntents } from './open-intents.ts';
import type { Operate } from './operate.ts';
import { pinIntent } from './pin-intent.ts';
import { readIntent } from './read-intent.ts';

export const intentOperations = (operate: Operate): IntentJournal => ({
  insertIntent: (intent) => operate(({ commands }) => insertIntent(commands, intent)),
  readIntent: (id) => operate(({ commands }) => readIntent(commands, id)),
  pinIntent: (id, atAsRead, at) => operate(({ commands }) => pinIntent(commands, { id, atAsRead }, at)),
  closeIntent: (id, atAsRead, answer, closedAt) =>
    operate(({ commands }) => closeIntent(commands, { id, atAsRead }, answer, closedAt)),
  // A part of every heartbeat: a renewal waits for it.
  openIntents: (limit) => operate(({ heartbeats }) => openIntents(heartbeats, limit)),
  findIntents: (workflowIds, limit) => operate(({ commands }) => findIntents(commands, workflowIds, limit)),
});

import type { IntentJournal } from '../port/intents.ts';
import { closeIntents } from './close-intents.ts';
import { findIntents } from './find-intents.ts';
import { insertIntents } from './insert-intents.ts';
import { openIntents } from './open-intents.ts';
import type { Operate } from './operate.ts';
import { pinIntents } from './pin-intents.ts';
import { readIntent } from './read-intent.ts';

export const intentOperations = (operate: Operate): IntentJournal => ({
  insertIntents: (intents) => operate(({ commands }) => insertIntents(commands, intents)),
  readIntent: (id) => operate(({ commands }) => readIntent(commands, id)),
  pinIntents: (pins) => operate(({ commands }) => pinIntents(commands, pins)),
  closeIntents: (answers) => operate(({ commands }) => closeIntents(commands, answers)),
  // A part of every heartbeat: a renewal waits for it.
  openIntents: (limit) => operate(({ heartbeats }) => openIntents(heartbeats, limit)),
  findIntents: (workflowIds, limit) => operate(({ commands }) => findIntents(commands, workflowIds, limit)),
});

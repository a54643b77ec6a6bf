import type { Probe } from '../contract/probe.ts';
import type { Acting } from './acting.ts';
import { untilKnown } from './right-to-act.ts';

/** A probe came through the work queue: everything that was sent there before it was delivered to some worker. Durable when it resolves. */
export const recordProbe = ({ line, right }: Acting, { action, sentAt }: Probe): Promise<void> =>
  untilKnown(() => line.journal.recordProgress(action, new Date(sentAt)), right);

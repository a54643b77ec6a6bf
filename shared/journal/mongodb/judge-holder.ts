import type { Holder } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { answerUnclear } from './failures.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'judge-holder';

/** Each round can only fail to record a death because the worker has renewed, left, or was recorded by another. */
const ROUNDS_MAX = 3;

interface Heartbeat {
  readonly state: 'alive' | 'dead';
  readonly ageMs: number;
}

/**
 * Reads the heartbeat, and records the death of one that is too old, before anybody acts on it. The read is linearizable: "gone" means
 * that the worker holds nothing, and a primary cut off from its majority would say so of every worker that joined later.
 */
export async function judgeHolder(commands: Commands, workerId: string, timeoutMs: number): Promise<Holder> {
  for (let round = 1; round <= ROUNDS_MAX; round += 1) {
    const heartbeat = await readHeartbeat(commands, workerId);
    if (!heartbeat) return { kind: 'gone' };
    if (heartbeat.state === 'dead') return { kind: 'dead' };
    if (heartbeat.ageMs < timeoutMs) return { kind: 'alive', ageMs: Math.max(0, heartbeat.ageMs) };
    if (await recordDeath(commands, workerId, timeoutMs)) return { kind: 'dead' };
  }
  throw answerUnclear(OPERATION, 'the heartbeat changes with every look');
}

async function readHeartbeat(commands: Commands, workerId: string): Promise<Heartbeat | undefined> {
  const age = { $subtract: ['$$NOW', '$renewedAt'] };
  const pipeline = [{ $match: { _id: workerId } }, { $project: { state: 1, ageMs: age } }];
  const command = { aggregate: COLLECTIONS.workers, pipeline, cursor: {} };
  const [heartbeat] = await commands.readLinearizable<Heartbeat>(OPERATION, command);
  return heartbeat;
}

/** Only if it has still not been renewed, by the clock of the server that writes. */
async function recordDeath(commands: Commands, workerId: string, timeoutMs: number): Promise<boolean> {
  const isTooOld = { $gte: [{ $subtract: ['$$NOW', '$renewedAt'] }, timeoutMs] };
  const update = {
    q: { _id: workerId, state: 'alive', $expr: isTooOld },
    u: { $set: { state: 'dead' }, $currentDate: { diedAt: true } },
  };
  const reply = await commands.write(OPERATION, { update: COLLECTIONS.workers, updates: [update] });
  refuseErrors(OPERATION, reply);
  return reply.n === 1;
}

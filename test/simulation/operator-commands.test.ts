// The journal's rules for an operator's command: it may be repeated, redelivered, and cut short.
import { describe, expect, it } from '@jest/globals';
import { attemptId } from '../../shared/core/names.ts';
import { completed, retry } from '../../shared/core/outcome.ts';
import { retryParked } from '../../shared/runtime/operator/retry.ts';
import { Latch } from '../support/latch.ts';
import { Scene } from '../support/scene.ts';
import { expectSucceeded, fatesOf, only, undeclared } from '../support/scene-checks.ts';

describe('the operator', () => {
  const once = ({ attempt }: { attempt: number }) => (attempt === 1 ? undeclared() : completed({ pack: 'done' }));

  it('a command that is repeated retries once', async () => {
    const scene = await Scene.open({ pack: once });
    const id = await scene.parcel();
    await scene.worker('worker-1');
    await scene.line.untilDrained();
    const commands = [1, 2, 3].map(() => retryParked(scene.line.addOperator().acting, id));
    await scene.line.until(Promise.allSettled(commands));
    await expectSucceeded(scene, id);
    await expect(scene.line.until(retryParked(scene.line.addOperator().acting, id))).rejects.toMatchObject({
      code: 'workflow-not-parked',
    });
    expect(scene.performed).toEqual(['worker-1 pack 1', 'worker-1 pack 3', 'worker-1 send 1']);
    const { attempts } = await scene.line.history(id);
    expect(attempts.map(({ kind }) => kind)).toEqual(['run', 'operator', 'run', 'run']);
  });

  it('a command that died half-way is finished by its repetition', async () => {
    const sending = new Latch();
    const scene = await Scene.open({
      pack: once,
      wrapBroker: (broker, { id }) => (id === 'operator-1' ? sending.holding(broker, 'publish') : broker),
    });
    const id = await scene.parcel();
    await scene.worker('worker-1');
    await scene.line.untilDrained();
    const { process, acting } = scene.line.addOperator('operator-1');
    void retryParked(acting, id);
    await scene.line.until(sending.reached);
    process.die();
    await scene.line.until(retryParked(scene.line.addOperator('operator-2').acting, id));
    await expectSucceeded(scene, id);
    expect((await scene.line.history(id)).attempts.map(({ kind }) => kind)).toEqual(['run', 'operator', 'run', 'run']);
  });

  it('a command that comes after somebody has gone on is refused, and sends nothing', async () => {
    const inserting = new Latch();
    const scene = await Scene.open({
      pack: undeclared,
      wrapJournal: only('operator-1', (journal) => inserting.holding(journal, 'insertAttempts')),
    });
    const id = await scene.parcel();
    await scene.worker('worker-1');
    await scene.line.untilDrained();
    const command = retryParked(scene.line.addOperator('operator-1').acting, id);
    await scene.line.until(inserting.reached);
    // As after a fate that landed late: another worker took the holder for dead, and is at the next attempt.
    const [parked] = (await scene.line.history(id)).attempts;
    if (!parked) throw new Error('nothing is parked');
    const { workflowId, step, kind, action, at } = parked;
    const next = { workflowId, step, attempt: 2, kind, action, worker: 'worker-1', token: 'next', at };
    await scene.line.journal.insertAttempts([{ _id: attemptId(id, 1, 2), ...next }]);
    const sent = [...scene.sent];
    inserting.release();
    await expect(scene.line.until(command)).rejects.toMatchObject({ code: 'workflow-not-parked' });
    expect(scene.sent).toEqual(sent);
  });

  it('failures and losses count anew from its attempt on', async () => {
    const scene = await Scene.open({ pack: () => retry('busy'), limits: { maxAttempts: 2 } });
    const id = await scene.parcel();
    await scene.worker('worker-1');
    await scene.line.untilDrained();
    await scene.line.until(retryParked(scene.line.addOperator().acting, id));
    await scene.line.untilDrained();
    const { attempts } = await scene.line.history(id);
    expect(fatesOf(attempts)).toEqual(['failed', 'parked', 'released', 'failed', 'parked']);
  });
});

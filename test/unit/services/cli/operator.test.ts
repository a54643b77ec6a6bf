// The operator's commands on a whole line: with workers, and stewards that answer.
import { describe, expect, it } from '@jest/globals';
import { eventKeyOf } from '../../../../shared/contract/cloud-event.ts';
import { exchangeName } from '../../../../shared/contract/topology.ts';
import { retry as again, failed } from '../../../../shared/core/outcome.ts';
import { CancelScene, type CancelSceneOptions, expectInOrder } from '../../../support/cancel-scene.ts';
import { eventually } from '../../../support/eventually.ts';
import { parcelWorkflow, testAction } from '../../../support/test-actions.ts';
import { TestCli } from '../../../support/test-cli.ts';
import { TestLine } from '../../../support/test-line.ts';
import { NAMESPACE } from '../../../support/test-process.ts';
import { WaitScene } from '../../../support/wait-scene.ts';

const always = () => again('no van');

/** An order that is parked at `ship`: two steps are done. */
async function parkedOrder(options: CancelSceneOptions = {}) {
  const scene = await CancelScene.open({ maxAttempts: 1, run: { ship: always }, ...options });
  const id = await scene.order('order-1');
  await scene.worker('worker-1');
  await scene.line.clock.runUntil(() => scene.line.store.shelves.get(id)?.head?.status === 'parked', 60_000);
  return { scene, id, cli: new TestCli(scene.line) };
}

describe('conveyor cancel', () => {
  it('shows the answer, and with --wait comes back when everything is undone', async () => {
    const { scene, id, cli } = await parkedOrder();
    await scene.steward();
    const cancelled = await cli.json(['cancel', 'order-1', '--reason', 'changed my mind', '--request', 'r1', '--wait']);
    expect(cancelled).toMatchObject({
      workflowId: id,
      reason: 'changed my mind',
      source: '/conveyor/cli',
      id: 'r1',
      order: null,
      state: 'closed',
      answer: { kind: 'accepted' },
      status: 'cancelled',
    });
    expect(scene.ledger.left).toEqual([]);
    // The same request again: the same answer, and nothing is undone twice.
    const undone = [...scene.performed];
    expect(await cli.json(['cancel', id, '--reason', 'x', '--request', 'r1'])).toEqual(cancelled);
    expect(scene.performed).toEqual(undone);
    await expectInOrder(scene, [id]);
  });

  it('shows how it ended when it comes too late, and why it is refused', async () => {
    const scene = await CancelScene.open();
    const cli = new TestCli(scene.line);
    await scene.steward();
    const ended = await scene.order('ended');
    await scene.worker('worker-1');
    await scene.line.clock.runUntil(() => scene.line.store.shelves.get(ended)?.head?.status === 'succeeded', 60_000);
    expect(await cli.json(['cancel', 'ended', '--reason', 'late'], 1)).toMatchObject({
      answer: { kind: 'too-late', status: 'succeeded' },
      status: 'succeeded',
    });
    expect((await cli.run('cancel', 'ended', '--reason', 'late')).out).toMatch(
      /not cancelled: it has ended as succeeded/,
    );
  });

  it('says so when no steward answers, and how to ask again', async () => {
    const { cli } = await parkedOrder();
    const { code, out } = await cli.run('cancel', 'order-1', '--reason', 'x', '--request', 'r9', '--timeout', '1s');
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringMatching(/not answered yet\..*--request r9/) });
  });
});

describe('conveyor fail and conveyor compensate', () => {
  it('undo everything that a parked workflow has done, what may have acted included', async () => {
    const { scene, id, cli } = await parkedOrder();
    await scene.steward();
    const done = await cli.json(['compensate', 'order-1', '--reason', 'no way', '--request', 'c1']);
    expect(done).toMatchObject({ order: { kind: 'compensate', step: 3 }, answer: { kind: 'accepted' } });
    await expectInOrder(scene, [id]);
    expect(await scene.status(id)).toBe('cancelled');
    expect(scene.performed.filter((one) => one.includes('undo'))).toEqual([
      'worker-1 undo ship 1 possibly',
      'worker-1 undo pay 1 committed',
      'worker-1 undo reserve 1 committed',
    ]);
    // Repeated: the same answer, nothing more.
    expect(await cli.json(['compensate', id, '--reason', 'no way', '--request', 'c1'])).toMatchObject({
      status: 'cancelled',
    });
    expect(await cli.run('compensate', id, '--reason', 'again')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/workflow-not-parked: .* is cancelled/),
    });
  });

  it('end a parked step with a failure that the definition names, which may lead back', async () => {
    const { scene, id, cli } = await parkedOrder({ run: { pay: always } });
    await scene.steward();
    expect(await cli.json(['fail', id, '--code', 'declined', '--reason', 'the bank says no'])).toMatchObject({
      order: { kind: 'fail', step: 2, code: 'declined' },
      answer: { kind: 'accepted' },
    });
    await expectInOrder(scene, [id]);
    expect(await scene.status(id)).toBe('failed');
    const { snapshots } = await scene.line.history(id);
    expect(snapshots[1]).toMatchObject({ kind: 'cancel', failure: { code: 'declined', message: 'the bank says no' } });
    expect(scene.ledger.left).toEqual([]);
  });

  it('are refused for a failure that is not named there, and for what is not parked', async () => {
    const { scene, id, cli } = await parkedOrder();
    expect(await cli.run('fail', id, '--code', 'declined', '--reason', 'x')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/failure-not-named: Step 3 cannot fail with "declined".* names none/),
    });
    const other = await scene.order('order-2');
    expect(await cli.run('compensate', other, '--reason', 'x')).toMatchObject({ code: 1 });
    expect(await scene.line.journal.openIntents(9)).toEqual([]);
  });

  it('are refused on the way back: what cannot be undone is retried', async () => {
    const stuck = { pay: () => failed('declined') };
    let undo = 0;
    const { scene, id, cli } = await parkedOrder({
      run: stuck,
      maxAttempts: 1,
      undo: { reserve: () => (undo++ < 50 ? again('locked') : undefined) },
    });
    expect(await cli.json(['show', id])).toMatchObject({ status: 'parked', undo: { left: [{ action: 'reserve' }] } });
    expect(await cli.run('compensate', id, '--reason', 'x')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/workflow-undoing: .* step 3, which undoes step 1, is parked/),
    });
    undo = 50;
    expect(await cli.json(['retry', id])).toMatchObject({ step: 3 });
    await expectInOrder(scene, [id]);
    expect(await scene.status(id)).toBe('failed');
    expect(scene.ledger.left).toEqual([]);
  });
});

describe('conveyor parked and conveyor retry for a group', () => {
  async function threeParked() {
    const line = new TestLine();
    await line.prepare([parcelWorkflow()]);
    await line.addIntake();
    let isOpen = false;
    await line.addWorker([testAction('pack', () => (isOpen ? undefined : again('shut')) ?? done, { maxAttempts: 1 })]);
    const done = { kind: 'completed' as const, changes: { pack: 'done' } };
    const ids = await Promise.all(['a', 'b', 'c'].map((key) => line.start('parcel', key)));
    await line.clock.runUntil(() => ids.every((id) => line.store.shelves.get(id)?.head?.status === 'parked'), 60_000);
    return { line, ids, cli: new TestCli(line), open: () => void (isOpen = true) };
  }

  it('group by action and code, retry those that fit, and no more than asked for', async () => {
    const { cli, open } = await threeParked();
    expect(await cli.json(['parked'])).toMatchObject({
      count: 3,
      hasMore: false,
      groups: [
        {
          action: 'pack',
          code: 'retries-exhausted',
          count: 3,
          examples: [{ step: 1, attempt: 1, kind: 'run' }, {}, {}],
          advice: expect.stringMatching(/retry/),
        },
      ],
    });
    expect(await cli.json(['parked', '--action', 'send'])).toMatchObject({ count: 0, groups: [] });
    expect((await cli.run('parked')).out).toContain('conveyor retry --action pack --code retries-exhausted');
    open();
    expect(await cli.json(['retry', '--action', 'pack', '--code', 'no-station'])).toMatchObject({
      found: 0,
      retried: 0,
    });
    const some = await cli.json(['retry', '--action', 'pack', '--limit', '2']);
    expect(some).toEqual({ found: 3, hasMore: false, retried: 2, left: 1, refused: [] });
    expect(await cli.json(['parked', '--code', 'retries-exhausted'])).toMatchObject({ count: 1 });
    // The others have gone on, and were parked for another reason.
    expect(await cli.json(['parked', '--code', 'no-station'])).toMatchObject({
      count: 2,
      groups: [{ action: 'send' }],
    });
  });

  it.each([
    [['retry'], /Name a workflow; or a group/],
    [['retry', 'a', '--action', 'pack'], /Name one workflow, or a group/],
    [['retry', 'a', '--data', '{}'], /Say --key keep or --key new/],
    [['retry', 'a', '--key', 'new'], /--key and --whole are for --data/],
    [['retry', '--action', 'pack', '--data', '{}', '--key', 'new'], /Other data is for one workflow/],
  ])('say what is wrong with %j, and do nothing', async (args, problem) => {
    const { cli } = await threeParked();
    expect(await cli.run(...args)).toMatchObject({ code: 2, err: expect.stringMatching(problem) });
    expect(await cli.json(['parked'])).toMatchObject({ count: 3 });
  });
});

describe('conveyor notify and conveyor notifications', () => {
  it('show what became of one: used, late, refused, or kept with what it nearly fits', async () => {
    const scene = await WaitScene.open();
    const cli = new TestCli(scene.line);
    await scene.worker('worker-1');
    await scene.steward();
    const id = await scene.waitingOrder('order-1');
    expect(await cli.json(['explain', id])).toMatchObject({
      reason: 'waiting',
      sentence: 'ask waits for the notification "confirmed".',
    });
    expect(await cli.json(['notify', 'order-1', 'confirmed', '--data', '{}'], 1)).toMatchObject({ state: 'refused' });
    expect(await cli.json(['notify', 'order-1', 'shipped', '--data', '{}', '--id', 'n1'])).toMatchObject({
      state: 'kept',
      near: [{ workflowId: id, step: 1, action: 'ask', waitsFor: 'confirmed', difference: 'other name' }],
    });
    expect(await cli.json(['notifications'])).toMatchObject({
      notifications: [{ name: 'shipped', businessKey: 'order-1', state: 'kept', near: [{ waitsFor: 'confirmed' }] }],
      hasMore: false,
    });
    const { out } = await cli.run('notifications', '--key', 'order-1');
    expect(out).toMatch(/near: \S+ waits at step 1, ask, for "confirmed" \(other name\)/);
    const used = await cli.json(['notify', id, 'confirmed', '--data', '{"bank":"B"}', '--id', 'n2']);
    expect(used).toMatchObject({ state: 'used', step: 1, usedBy: id });
    expect(await cli.json(['notify', id, 'confirmed', '--data', '{"bank":"B"}', '--id', 'n2'])).toEqual(used);
    expect(await cli.json(['show', id])).toMatchObject({
      timeline: expect.arrayContaining([expect.objectContaining({ step: 1, result: 'completed', by: 'notification' })]),
      notifications: expect.arrayContaining([expect.objectContaining({ id: 'n2', state: 'used' })]),
    });
  });

  it('say of one that came late for no step, since its workflow went another way, who does not wait for it', async () => {
    const { line } = await WaitScene.open();
    const [source, eventId, usedBy] = ['/conveyor/cli', 'n9', 'A'.repeat(22)];
    const receivedAt = new Date(line.clock.now());
    const known = { _id: eventKeyOf(source, eventId), name: 'confirmed', businessKey: 'order-1', source, eventId };
    await line.journal.insertNotifications([{ ...known, receivedAt, data: {}, state: 'late', usedBy }]);
    const { code, out } = await new TestCli(line).run('notify', 'order-1', 'confirmed', '--id', eventId);
    expect({ code, out }).toEqual({ code: 1, out: `late: ${usedBy} does not wait for it any more\n` });
  });

  it('send nothing that a steward would set aside', async () => {
    const { line } = await WaitScene.open();
    const cli = new TestCli(line);
    expect(await cli.run('notify', 'order-1', 'Bad Name')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^conveyor: event-invalid: .*Bad Name/),
    });
    expect(line.server.depths().get('test.steward')?.ready).toBe(0);
  });

  it('say so when no steward takes it', async () => {
    const scene = await WaitScene.open();
    const { code, out } = await new TestCli(scene.line).run('notify', 'order-1', 'confirmed', '--timeout', '1s');
    expect({ code, out }).toEqual({ code: 1, out: 'sent, and not taken yet. Is a steward running?\n' });
  });
});

describe('conveyor watch', () => {
  it('listens for no workflow that cannot be', async () => {
    const line = new TestLine();
    await line.prepare([]);
    const { code, err } = await new TestCli(line).run('watch', 'Parcel');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/"Parcel" is no name of a workflow: /) });
  });

  it('prints each event as a line, of one workflow, as JSON, and leaves no queue behind', async () => {
    const line = new TestLine();
    await line.prepare([parcelWorkflow()]);
    await line.addIntake();
    await line.addWorker([testAction('pack'), testAction('send')]);
    const queues = [...line.server.depths().keys()];
    const cli = new TestCli(line);
    const watching = cli.run('watch', 'parcel', '--for', '20s', '--json');
    await eventually(() => line.server.depths().size > queues.length);
    const id = await line.start('parcel', 'order\u001b[2J');
    await line.broker.publish({
      exchange: exchangeName.events(NAMESPACE),
      routingKey: 'parcel.odd',
      body: Buffer.from('odd'),
      contentType: 'text/plain',
      messageId: 'odd-1',
      mandatory: false,
    });
    const { code, out } = await watching;
    const lines = out
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(code).toBe(0);
    expect(lines).toContainEqual({ invalid: 'odd-1' });
    expect(lines).toContainEqual(
      expect.objectContaining({ type: 'conveyor.workflow.succeeded', workflowid: id, subject: 'order\u001b[2J' }),
    );
    expect([...line.server.depths().keys()]).toEqual(queues);
  });

  it('names a line that is not there', async () => {
    expect(await new TestCli(new TestLine()).run('watch')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/exchange-missing/),
    });
  });
});

describe('what comes from outside', () => {
  it('brings no control character to the screen, by any command', async () => {
    const line = new TestLine();
    await line.prepare([parcelWorkflow()]);
    await line.addIntake();
    const key = 'order\u001b[2J\nfake \u202e row';
    await line.addWorker([testAction('pack', () => again('\u001b]0;title\u0007'), { maxAttempts: 1 })]);
    const id = await line.start('parcel', key);
    await line.clock.runUntil(() => line.store.shelves.get(id)?.head?.status === 'parked', 60_000);
    const cli = new TestCli(line);
    for (const command of [['show', id], ['list'], ['parked'], ['audit'], ['explain', id], ['show', `${key}!`]]) {
      const { out, err } = await cli.run(...command);
      expect(`${out}${err}`.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
      expect(out).not.toContain('\nfake');
    }
    expect((await cli.run('list')).out).toContain('order\\u001b[2J\\nfake \\u202e row');
  });
});

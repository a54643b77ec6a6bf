// After the database was restored from a backup: whatever the broker has is not trusted, and every workflow gets its message again.
import { describe, expect, it } from '@jest/globals';
import { retry } from '../../../../shared/core/outcome.ts';
import { LossyScene } from '../../../support/lossy-scene.ts';
import { TestCli } from '../../../support/test-cli.ts';

describe('conveyor redrive', () => {
  it('sends the message of every workflow that should have one, and leaves alone what is parked', async () => {
    const lossy = await LossyScene.open({ send: ({ idempotencyKey }) => retry(`busy ${idempotencyKey}`) });
    const { line } = lossy;
    const [parked = ''] = await lossy.parcels(1);
    const worker = await lossy.scene.worker('worker-1');
    await lossy.until(() => lossy.scene.events.includes('parked 2'));
    await line.until(worker.stop());
    const lost = await lossy.parcels(3, 'later');
    await lossy.lose('pack');
    const cli = new TestCli(line);
    expect(await cli.json(['redrive', '--all'])).toEqual({ workflows: 4, sent: 3, putRight: 0, atRest: 1 });
    expect(lossy.scene.atStation('pack')).toBe(3);
    await lossy.scene.worker('worker-2');
    await lossy.until(() => lossy.scene.events.filter((event) => event === 'parked 2').length === 4);
    const heads = await Promise.all([parked, ...lost].map((id) => line.journal.readHead(id)));
    expect(heads.map((head) => head?.status)).toEqual(Array(4).fill('parked'));
    const { out } = await cli.run('redrive', '--all');
    expect(out).toBe('4 workflows have not ended: 0 messages sent, 0 heads put right, 4 parked or waiting\n');
  });

  it('wants to be told that all are meant', async () => {
    const { code, err } = await new TestCli((await LossyScene.open()).line).run('redrive');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("required option '--all'") });
  });
});

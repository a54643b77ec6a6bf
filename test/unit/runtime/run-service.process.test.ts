import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';

const SAMPLE = fileURLToPath(new URL('../../support/sample-service.ts', import.meta.url));

interface Sample {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** Everything that it has written. */
  readonly output: () => string;
  readonly error: () => string;
}

function run(behaviour: string): Sample {
  const child = spawn(process.execPath, ['--import', 'tsx', SAMPLE, behaviour], {
    env: {
      PATH: process.env['PATH'],
      AMQP_URL: 'amqp://mq',
      MONGODB_URL: 'mongodb://db',
      METRICS_HOST: '127.0.0.1',
      METRICS_PORT: '0',
      SHUTDOWN_GRACE: '1s',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, error] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    error += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return { child, ended, output: () => output, error: () => error };
}

async function ready(behaviour: string): Promise<Sample> {
  const sample = run(behaviour);
  await eventually(() => sample.output().includes('"msg":"ready"'), 20_000, sample.error);
  return sample;
}

describe('a service as a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s', async (signal) => {
    const { child, ended, error } = await ready('works');
    child.kill(signal);
    expect([await ended, error()]).toEqual([0, '']);
  });

  it('ends with 1 on a second signal, though its stop hangs', async () => {
    const { child, ended, error, output } = await ready('hangs');
    child.kill('SIGTERM');
    await eventually(() => output().includes('"msg":"stopping"'));
    child.kill('SIGINT');
    expect([await ended, error()]).toEqual([1, 'sample: a second signal (SIGINT) came before the stop was done\n']);
  });

  it('ends with 1 when its stop takes too long', async () => {
    const { child, ended, error } = await ready('hangs');
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
    expect(error()).toMatch(/^sample: stop-incomplete: Not stopped cleanly: part\..*\n$/);
  });

  it.each([
    ['fails', /^sample: liveness-lost: The heartbeat of worker w1 .*\n$/],
    ['throws', /^sample: nobody caught this\n$/],
    ['rejects', /^sample: nobody waited for this\n$/],
  ])('ends with 1 and one line when something in it %s', async (behaviour, line) => {
    const { ended, error, output } = run(behaviour);
    expect(await ended).toBe(1);
    expect(error()).toMatch(line);
    expect(output()).toContain('"msg":"the process ends"');
  });
});

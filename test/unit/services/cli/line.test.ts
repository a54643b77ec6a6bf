import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Unavailable } from '../../../../shared/core/errors.ts';
import { parcelWorkflow, testAction } from '../../../support/test-actions.ts';
import { TestCli } from '../../../support/test-cli.ts';
import { TestLine } from '../../../support/test-line.ts';

const MODULE = path.resolve(import.meta.dirname, '../../../support/modules/parcels.ts');
const directory = mkdtempSync(path.join(tmpdir(), 'conveyor-cli-'));
afterAll(() => rmSync(directory, { recursive: true }));

const file = (name: string, content: unknown): string => {
  const at = path.join(directory, name);
  writeFileSync(at, typeof content === 'string' ? content : JSON.stringify(content));
  return at;
};

describe('conveyor definitions', () => {
  it('registers what a module exports, once, also before any worker was there', async () => {
    const cli = new TestCli(new TestLine());
    const registered = await cli.json(['definitions', 'register', MODULE]);
    expect(registered).toEqual({
      registered: [{ name: 'parcel', version: 1, result: 'registered', hash: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    });
    expect(await cli.json(['definitions', 'register', MODULE])).toMatchObject({ registered: [{ result: 'same' }] });
    expect(await cli.json(['definitions', 'list'])).toMatchObject({
      definitions: [{ name: 'parcel', version: 1, active: true }],
    });
    expect(await cli.json(['definitions', 'show', 'parcel'])).toMatchObject({
      name: 'parcel',
      version: 1,
      definition: { initial: 'placed' },
    });
    const { out } = await cli.run('definitions', 'show', 'parcel', '1');
    expect(out).toMatch(/placed \(initial\) +pack → packed +too-heavy → refused/);
    expect(out).toMatch(/sent +end: succeeded/);
  });

  it('registers JSON for actions that workers have hosted, one or a list', async () => {
    const line = new TestLine();
    const cli = new TestCli(line);
    await line.prepare([]);
    await line.addWorker([testAction('pack'), testAction('send')]);
    const second = { ...parcelWorkflow(), version: 2 };
    const sources = [file('one.json', parcelWorkflow()), file('list.json', [second])];
    expect(await cli.json(['definitions', 'register', ...sources])).toMatchObject({
      registered: [{ version: 1 }, { version: 2 }],
    });
  });

  it.each([
    ['JSON that is none', () => file('broken.json', '{'), /module-invalid: .*broken\.json: it cannot be read/],
    ['a file that is not there', () => './gone.ts', /module-invalid: Module \.\/gone\.ts: there is no such file: /],
    ['actions that nobody knows', () => file('unknown.json', parcelWorkflow()), /actions-unknown: .*pack, send/],
    ['no definition', () => file('none.json', { name: 'x' }), /definition-invalid: Workflow definition "x"/],
  ])('refuses %s', async (_, source, message) => {
    const run = await new TestCli(new TestLine()).run('definitions', 'register', source());
    expect(run).toMatchObject({ code: 1, err: expect.stringMatching(message) });
    expect(run.err.trimEnd()).not.toContain('\n');
  });

  it('refuses to show what is not registered', async () => {
    const run = await new TestCli(new TestLine()).run('definitions', 'show', 'letter', '3');
    expect(run).toMatchObject({ code: 1, err: expect.stringMatching(/definition-unknown: .*letter version 3/) });
  });
});

describe('conveyor topology', () => {
  it('tells what is missing, declares it, stations included, and is content then', async () => {
    const cli = new TestCli(new TestLine());
    await cli.run('definitions', 'register', MODULE);
    const missing = await cli.run('topology', 'verify');
    expect(missing.code).toBe(1);
    expect(missing.out).toMatch(/^test\.intake$/m);
    expect(missing.out).toMatch(/^test\.work\.pack$/m);
    expect(await cli.json(['topology', 'declare'])).toMatchObject({ queues: 36 });
    expect(await cli.json(['topology', 'verify'])).toEqual({ missing: [] });
  });

  it('shows it without asking the broker', async () => {
    const cli = new TestCli(new TestLine());
    const topology = await cli.json(['topology', 'show']);
    expect(topology).toMatchObject({
      exchanges: expect.arrayContaining([{ name: 'test.start', type: 'topic' }]),
      queues: expect.arrayContaining([expect.objectContaining({ name: 'test.intake' })]),
      bindings: expect.any(Array),
    });
    expect(cli.connected).toEqual(['journal']);
    expect((await cli.run('topology', 'show')).out).toMatch(/test\.start +# → test\.intake/);
  });
});

describe('the command line', () => {
  const silent = () => new TestCli(new TestLine(), { environment: {} });

  it.each([[[]], [['--help']], [['list', '--help']], [['--version']]])('explains itself: %j', async (args) => {
    const { code, out, err } = await silent().run(...args);
    expect(code).toBe(args.length === 0 ? 2 : 0);
    expect(out + err).toMatch(/Usage: conveyor|^\d+\.\d+\.\d+/);
  });

  it.each([
    [['lsit'], /unknown command 'lsit' \(Did you mean list\?\) See "conveyor --help"\.$/],
    [['list', '--limit', 'many'], /whole number from 1 to 10000/],
    [
      ['list', '--status', 'stuck'],
      /Allowed choices are running, waiting, parked, cancelling, compensating, succeeded, failed, cancelled/,
    ],
    [['show'], /missing required argument 'id or key'\. See "conveyor show --help"\.$/],
    [['definitions', 'show'], /See "conveyor definitions show --help"\.$/],
    [['start', 'parcel'], /required option '--key/],
    [['start', 'parcel', '--key', 'k', '--timeout', 'soon'], /500ms, 30s or 5m/],
  ])('ends with 2 when it is wrong: %j', async (args, message) => {
    const { code, out, err } = await silent().run(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.trimEnd()).toMatch(message);
    expect(err).toMatch(/^conveyor: .*\n$/);
  });

  it('has a section of docs/cli.md for each of its commands', async () => {
    const { out } = await silent().run('--help');
    const commands = [...out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name).filter((name) => name !== 'help');
    const document = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/cli.md'), 'utf8');
    const sections = [...document.matchAll(/^## ([a-z]+)$/gm)].map(([, name]) => name);
    expect(new Set(sections)).toEqual(new Set(commands));
    expect(commands).toHaveLength(16);
  });

  it('names the variable that is not set', async () => {
    expect(await silent().run('list')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^conveyor: config-invalid: MONGODB_URL: is not set/),
    });
    expect(await silent().run('start', 'parcel', '--key', 'k')).toMatchObject({
      err: expect.stringMatching(/^conveyor: config-invalid: AMQP_URL: is not set/),
    });
  });

  it('names the server that does not answer, without its credentials', async () => {
    const gone = () =>
      Promise.reject(new Unavailable('journal-unavailable', { operation: 'connect', problem: 'connect ECONNREFUSED' }));
    const { code, err } = await new TestCli(new TestLine(), { connectJournal: gone }).run('audit');
    expect(code).toBe(1);
    expect(err).toMatch(
      /^conveyor: journal-unavailable: .*ECONNREFUSED\. MONGODB_URL is mongodb:\/\/\*\*\*@mongo\. See/,
    );
  });
});

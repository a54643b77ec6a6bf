import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Fatal, Unavailable } from '../../../../shared/core/errors.ts';
import { connectMongoJournal } from '../../../../shared/journal/mongodb/index.ts';
import { SystemClock } from '../../../../shared/runtime/clock.ts';
import { FakeMongod } from '../../../support/fake-mongod.ts';

describe('connecting to MongoDB', () => {
  let server: FakeMongod;
  const connect = (url = server.url) =>
    connectMongoJournal({ url, namespace: 'test', clock: new SystemClock(), operationTimeoutMs: 500 });
  const schema = (version: number) => () => ({
    cursor: { id: 0, ns: '', firstBatch: [{ _id: 'schema', version }] },
  });

  beforeEach(async () => {
    server = await FakeMongod.start();
    server.answers.set('find', schema(2));
  });
  afterEach(() => server.stop());

  it('refuses a standalone server', async () => {
    server.hello = {};
    await expect(connect()).rejects.toThrow(Fatal);
    await expect(connect()).rejects.toMatchObject({ code: 'journal-standalone' });
  });

  it('takes the router of a sharded cluster', async () => {
    server.hello = { msg: 'isdbgrid' };
    const journal = await connect();
    await journal.close();
  });

  it('refuses a database that a newer build has changed', async () => {
    server.answers.set('find', schema(3));
    await expect(connect()).rejects.toMatchObject({ code: 'schema-newer', details: { found: 3, known: 2 } });
  });

  it('creates nothing in a database that is prepared', async () => {
    const journal = await connect();
    await journal.close();
    expect(server.received.map((command) => Object.keys(command)[0])).not.toContain('create');
    expect(server.count('createIndexes')).toBe(0);
  });

  it.each([
    ['nothing', '', 'test'],
    ['a database', 'line', 'line'],
    ['a database, encoded', 'my%2Dline', 'my-line'],
  ])('takes the namespace for the database unless the URL names one: %s', async (_, name, database) => {
    const journal = await connect(server.url.replace('/?', `/${name}?`));
    await journal.readHead('a');
    await journal.close();
    expect(server.received.at(-1)).toMatchObject({ $db: database });
  });

  it.each([
    '',
    'localhost',
    'http://localhost',
    'mongodb://',
    'mongodb://h/?replicaSet=a&nonsense=1',
    'mongodb://h:x',
    'mongodb://h/a.b',
    'mongodb://h/%',
  ])('refuses the URL "%s", naming the variable', async (url) => {
    await expect(connect(url)).rejects.toMatchObject({
      code: 'config-invalid',
      details: { variable: 'MONGODB_URL' },
    });
  });

  it('repeats no password', async () => {
    for (const url of ['mongodb://user:secret@h/?nonsense=1', 'mongodb://user:secret@h:x', 'user:secret@h']) {
      const error: unknown = await connect(url).catch((thrown: unknown) => thrown);
      expect(String(error)).not.toContain('secret');
    }
  });

  it('says that credentials are refused', async () => {
    server.answers.set('saslStart', () => ({ ok: 0, code: 18, codeName: 'AuthenticationFailed', errmsg: 'no' }));
    const url = server.url.replace('//', '//user:secret@').replace('?', '?authMechanism=SCRAM-SHA-256&');
    await expect(connect(url)).rejects.toMatchObject({ code: 'config-invalid' });
  });

  it('says quickly that nobody answers', async () => {
    const { url } = server;
    await server.stop();
    const startedAt = performance.now();
    await expect(connect(url)).rejects.toThrow(Unavailable);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    server = await FakeMongod.start();
  });

  it('knows how long an election takes, if it is told', async () => {
    const journal = await connect();
    server.answers.set('replSetGetConfig', () => ({ config: { settings: { electionTimeoutMillis: 2_000 } } }));
    expect(await journal.electionTimeoutMs()).toBe(2_000);
    server.answers.set('replSetGetConfig', () => ({ ok: 0, code: 13, codeName: 'Unauthorized', errmsg: 'no' }));
    expect(await journal.electionTimeoutMs()).toBeNull();
    server.answers.set('replSetGetConfig', () => 'reset');
    await expect(journal.electionTimeoutMs()).rejects.toMatchObject({ code: 'journal-unavailable' });
    await journal.close();
  });
});

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Parser } from '@asyncapi/parser';
import { describe, expect, it } from '@jest/globals';
import { documents } from '../../../infra/docs/documents.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const published = readFileSync(`${ROOT}/docs/asyncapi.json`, 'utf8');

/** What the official parser finds wrong, be it a mistake or only bad style. */
const complaintsAbout = async (document: string): Promise<string[]> => {
  const { diagnostics } = await new Parser().parse(document);
  return (
    diagnostics
      // 3.0 is what most tools read, and the document needs nothing that is newer.
      .filter(({ code }) => code !== 'asyncapi-latest-version')
      .map(({ code, path, message }) => `${code} ${path.join('.')}: ${message}`)
  );
};

describe('docs/asyncapi.json', () => {
  it('is what the code says (run "npm run contract" otherwise)', () => {
    expect(published).toBe(documents(ROOT).get('docs/asyncapi.json'));
  });

  it('is AsyncAPI 3, without a complaint of the official parser', async () => {
    expect(await complaintsAbout(published)).toEqual([]);
  });

  it('has each channel that a program can meet, with its messages', async () => {
    const { document } = await new Parser().parse(published);
    const channels = document?.channels().all() ?? [];
    const carried = channels.map((channel) => [
      channel.id(),
      channel
        .messages()
        .all()
        .map((message) => message.id()),
    ]);
    expect(Object.fromEntries(carried)).toEqual({
      start: ['start-event'],
      notify: ['notification'],
      cancel: ['cancellation'],
      work: ['envelope', 'probe'],
      wait: ['ticket'],
      events: ['lifecycle-event'],
      dead: ['dead-message'],
    });
  });

  it('would be refused with a channel that leads nowhere', async () => {
    const spoilt = published.replace('#/components/messages/ticket', '#/components/messages/tickets');
    expect((await complaintsAbout(spoilt)).join()).toContain('tickets');
  });
});

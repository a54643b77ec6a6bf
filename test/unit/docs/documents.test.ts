import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { documents } from '../../../infra/docs/documents.ts';
import { excerpt, replaceBlock } from '../../../infra/docs/markdown.ts';
import { encodeEnvelope } from '../../../shared/contract/envelope.ts';
import { lifecycleMessage } from '../../../shared/contract/lifecycle-event.ts';
import { CATALOGUE } from '../../../shared/core/errors.ts';
import { SETTINGS } from '../../../shared/runtime/config-table.ts';
import { VERSION } from '../../../shared/runtime/version.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const read = (file: string): string => readFileSync(`${ROOT}/${file}`, 'utf8');
const sorted = (items: Iterable<string>): string[] => [...items].sort();

describe('generated documents', () => {
  it.each([...documents(ROOT)])('%s is what the code says (run "npm run contract" otherwise)', (file, content) => {
    expect(read(file)).toBe(content);
  });

  it('list every error of the catalogue, and no other', () => {
    const documented = Array.from(read('docs/errors.md').matchAll(/^\| `([a-z-]+)` \|/gm), ([, code]) => String(code));
    expect(sorted(documented)).toEqual(sorted(Object.keys(CATALOGUE)));
  });

  it('list every variable in the README', () => {
    for (const { name } of Object.values(SETTINGS)) expect(read('README.md')).toContain(`| \`${name}\` |`);
  });

  it('tell the version of the package', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(VERSION).toBe(version);
  });

  it('show a program whole, or the regions that it marks', () => {
    expect(excerpt('const a = 1;\n')).toBe('const a = 1;');
    const marked =
      'import x;\n  // #region One\n  if (x) {\n    x();\n  }\n  // #endregion\n\n// #region Two\ny();\n// #endregion\n';
    expect(excerpt(marked)).toBe('if (x) {\n  x();\n}\n\ny();');
    expect(() => excerpt('// #region One\nx();\n')).toThrow('#endregion');
  });

  it('refuse to write into a document without the block', () => {
    expect(() => replaceBlock('# Readme', 'config', '')).toThrow('<!-- config:start -->');
  });
});

const workflowId = 'AAAAAAAAAAAAAAAAAAAAAA';
const envelope = {
  specversion: '1.0',
  workflowId,
  workflow: 'order-payment',
  version: 1,
  businessKey: '4711',
  step: 1,
  attempt: 1,
  failures: 0,
  kind: 'run',
  action: 'ship',
  state: 'paid',
  sentAt: 1,
  startedAt: 1,
} as const;
const announced = lifecycleMessage(
  'conveyor',
  'conveyor.events',
  {
    event: 'started',
    workflowId,
    businessKey: '4711',
    step: 0,
    attempt: 0,
    data: { workflow: 'order-payment', version: 1, state: 'placed', step: 0 },
  },
  1,
);
const definition = {
  name: 'order-payment',
  version: 1,
  input: { type: 'object' },
  initial: 'placed',
  states: { placed: { choices: [{ action: 'ship', to: 'shipped' }] }, shipped: { end: 'succeeded' } },
};
const event = {
  specversion: '1.0',
  id: '1',
  source: '/shop',
  type: 'conveyor.start',
  subject: '4711',
  data: { amount: 1 },
};
const cancellation = { ...event, type: 'conveyor.cancel', data: { reason: 'changed my mind' } };
const { specversion, workflow, version, businessKey, step, action, state } = envelope;
const ticket = { specversion, workflowId, workflow, version, businessKey, step, action, state, ticket: 1 };
const probe = { specversion, kind: 'probe', action, sentAt: 1 };

describe('published schemas', () => {
  it.each([
    ['start-event', event, { ...event, type: 'conveyor.stop' }],
    ['notification', { ...event, type: 'conveyor.notify' }, { ...event, type: 'conveyor.notify', subject: null }],
    ['cancellation', cancellation, { ...cancellation, data: {} }],
    ['ticket', ticket, { ...ticket, ticket: 0 }],
    ['probe', probe, { ...probe, kind: 'run' }],
    ['envelope', JSON.parse(encodeEnvelope(envelope).toString()), { ...envelope, step: 0 }],
    ['lifecycle-event', JSON.parse(announced.body.toString()), { ...JSON.parse(announced.body.toString()), id: 7 }],
    ['workflow-definition', definition, { ...definition, states: { placed: { choices: [] } } }],
  ])('%s: accepts what is sent, and refuses what is spoilt', (name, good: unknown, bad: unknown) => {
    const ajv = addFormats.default(new Ajv2020({ strict: true, allowUnionTypes: true }));
    const validate = ajv.compile(JSON.parse(read(`docs/schema/${name}.schema.json`)) as object);
    validate(good);
    expect(validate.errors).toBeNull();
    expect(validate(bad)).toBe(false);
  });
});

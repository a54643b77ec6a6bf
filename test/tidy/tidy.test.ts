// Rules that a machine can hold. A finding names the file, the rule, and what to do instead.
import { describe, expect, it } from '@jest/globals';
import { code, product, type SourceFile, tree } from './source-tree.ts';

const LINES = 300;
const CORE = ['shared/core/', 'zod', '@marcbachmann/cel-js', 'ajv', 'node:crypto'];
const CONTRACT = ['shared/core/', 'shared/contract/', 'zod', 'node:buffer', 'node:crypto'];
const PORTS = [
  'shared/broker/broker.ts',
  'shared/journal/journal.ts',
  'shared/journal/port/',
  'shared/journal/records.ts',
  'shared/journal/wait-records.ts',
  'shared/journal/intent-record.ts',
];

/** What the files of a folder may import: paths that begin so, packages of that name. The first wall that fits counts. */
const WALLS: readonly { of: string; may: readonly string[] }[] = [
  { of: 'shared/core/', may: CORE },
  { of: 'shared/contract/', may: CONTRACT },
  {
    of: 'shared/broker/rabbitmq/',
    may: [...CONTRACT, 'shared/broker/rabbitmq/', 'shared/broker/broker.ts', 'amqplib', 'node:'],
  },
  { of: 'shared/broker/', may: [...CONTRACT, 'shared/broker/in-memory/', 'shared/broker/broker.ts', 'node:'] },
  { of: 'shared/journal/mongodb/', may: [...CONTRACT, 'shared/journal/mongodb/', ...PORTS, 'mongodb', 'node:'] },
  { of: 'shared/journal/', may: [...CONTRACT, 'shared/journal/in-memory/', ...PORTS, 'node:'] },
  { of: 'shared/runtime/logger.ts', may: ['shared/runtime/', 'pino', 'node:os'] },
  { of: 'shared/runtime/metrics.ts', may: ['shared/core/', 'shared/runtime/', 'prom-client'] },
  { of: 'shared/runtime/', may: [...CONTRACT, ...PORTS, 'shared/runtime/', 'node:'] },
  // Where adapters and runtime are put together, for all main.ts and for embedding.
  { of: 'shared/wiring/', may: ['shared/', 'node:'] },
  { of: 'shared/embedded/', may: ['shared/', 'node:'] },
  {
    // What users test with: a line in memory. Real servers come in through the wiring, and are loaded only where they are asked for.
    of: 'shared/testing/',
    may: [
      ...CONTRACT,
      ...PORTS,
      'shared/broker/in-memory/',
      'shared/journal/in-memory/',
      'shared/runtime/',
      'shared/embedded/',
      'shared/wiring/',
      'shared/testing/',
      'node:',
    ],
  },
  {
    of: 'shared/',
    may: ['shared/core/', 'shared/embedded/', 'shared/journal/records.ts', 'shared/runtime/timeline.ts'],
  },
];
const ADAPTER = /^shared\/(broker|journal)\/(rabbitmq|mongodb|in-memory)\//;
const MAIN = /^services\/[^/]+\/main\.ts$/;
/** These start the others, or show what they hold. */
const MAY_KNOW_OTHER_SERVICES = ['services/dev/', 'services/cli/'];

/** What must not stand in the code, where, and what to use instead. */
interface Ban {
  readonly in: readonly SourceFile[];
  readonly except?: RegExp;
  readonly what: RegExp;
  /** Also in comments. */
  readonly inComments?: true;
  readonly use: string;
}
const BANS: readonly Ban[] = [
  { in: product, except: /runtime\/clock\.ts$/, what: /\bDate\.now\(|\bnew Date\(\)/, use: 'clock.now()' },
  { in: product, except: /runtime\/clock\.ts$/, what: /\bperformance\.now\(|\bhrtime\b/, use: 'clock.monotonic()' },
  {
    in: product,
    except: /runtime\/clock\.ts$/,
    what: /\bset(Timeout|Interval|Immediate)\(|timers\/promises/,
    use: 'clock.after() or clock.sleep()',
  },
  {
    in: product,
    except: /runtime\/clock\.ts$/,
    what: /\bMath\.random\(|\brandom(UUID|Bytes|Int)\b/,
    use: 'the Random that is injected',
  },
  { in: product, except: /^services\/(cli|dev)\//, what: /\bconsole\./, use: 'the Log that is injected' },
  { in: code, what: /\bas any\b/, use: 'unknown, parsed' },
  { in: code, what: /[\w\])]!(\.|\[|\)|;|,)/, use: 'a check, or a type that needs none' },
  {
    in: code,
    what: new RegExp(['FIX', 'ME|TO', 'DO|X', 'XX'].join('')),
    inComments: true,
    use: 'the code that is missing',
  },
  {
    in: code,
    what: new RegExp(String.raw`\b(it|test|describe)\.(on${'ly'}|sk${'ip'}|to${'do'})\b`),
    use: 'a test that runs',
  },
];

/** Run or loaded by name, not imported: programs, tests, modules of actions (ACTIONS_MODULE), what is preloaded into processes. */
const ENTRY =
  /(^|\/)main\.ts$|\.test\.ts$|^(jest\.config|infra\/run)\.mjs$|^shared\/(testing\/)?index\.ts$|^services\/\w+\/index\.ts$|^infra\/lock-file\.ts$|^services\/dev\/leash\.ts$/;

const mayImport = (may: readonly string[], imported: string): boolean =>
  may.some((allowed) => (/[/:]$/.test(allowed) ? imported.startsWith(allowed) : imported === allowed));

describe('the source tree', () => {
  it(`has no file above ${LINES} lines`, () => {
    const long = code.filter(({ path, text }) => !path.startsWith('test/') && text.split('\n').length > LINES + 1);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it('has its walls: the core imports nothing, adapters stay in their folders', () => {
    const breaches = product.flatMap(({ path, imports }) => {
      const wall = WALLS.find(({ of }) => path.startsWith(of));
      return wall ? imports.filter((one) => !mayImport(wall.may, one)).map((one) => `${path} imports ${one}`) : [];
    });
    expect(breaches).toEqual([]);
  });

  it('wires adapters in no service but its main.ts, and keeps services apart', () => {
    const breaches = product.flatMap(({ path, imports }) => {
      if (!path.startsWith('services/')) return [];
      const own = `${path.split('/', 2).join('/')}/`;
      const isForeign = (one: string): boolean =>
        one.startsWith('services/') && !one.startsWith(own) && !MAY_KNOW_OTHER_SERVICES.includes(own);
      const isServerPackage = (one: string): boolean => ['amqplib', 'mongodb', 'pino', 'prom-client'].includes(one);
      return imports
        .filter((one) => isForeign(one) || isServerPackage(one) || (ADAPTER.test(one) && !MAIN.test(path)))
        .map((one) => `${path} imports ${one}`);
    });
    expect(breaches).toEqual([]);
  });

  it.each(BANS)('uses $use instead of what is banned', ({ in: files, except, what, inComments }) => {
    const findings = files
      .filter(({ path }) => !except?.test(path))
      .flatMap(({ path, text, code: bare }) =>
        (inComments ? text : bare).split('\n').flatMap((line) => (what.test(line) ? [`${path}: ${line.trim()}`] : [])),
      );
    expect(findings).toEqual([]);
  });

  it('has no file that nothing uses; what is shipped is used by more than its tests', () => {
    const users = tree.filter(({ path }) => !path.startsWith('test/') && !path.endsWith('.md'));
    const isUsed = ({ path }: SourceFile): boolean => {
      const name = path.split('/').slice(-2).join('/');
      return (path.startsWith('test/') ? tree : users).some(
        (user) => user.path !== path && (user.imports.includes(path) || user.text.includes(name)),
      );
    };
    const unused = code.filter((file) => !ENTRY.test(file.path) && !isUsed(file));
    expect(unused.map(({ path }) => path)).toEqual([]);
  });

  it('has one title per document', () => {
    const titles = tree
      .filter(({ path }) => path.endsWith('.md'))
      .map(({ path, text }) => [path, text.replace(/^```[\s\S]*?^```/gm, '').match(/^# /gm)?.length ?? 0]);
    expect(titles.filter(([, count]) => count !== 1)).toEqual([]);
  });
});

import { Command } from 'commander';
import { Refused } from '../../../shared/core/errors.ts';
import { LIMITS } from '../../../shared/core/limits.ts';
import { isEnd, type WorkflowDefinition } from '../../../shared/core/workflow-definition.ts';
import type { DefinitionRecord } from '../../../shared/journal/records.ts';
import { type Registration, registerDefinition } from '../../../shared/runtime/registration.ts';
import type { Execute } from '../cli.ts';
import { readDefinitions } from '../definition-source.ts';
import { jsonOption, wholeNumber } from '../options.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';
import { columns } from '../table.ts';

interface Options {
  readonly json?: true;
}

export const definitionsCommand = (execute: Execute): Command =>
  new Command('definitions')
    .description('workflow definitions: what is registered, and registering')
    .addCommand(
      new Command('list')
        .description('every registered version')
        .addOption(jsonOption())
        .action((options: Options) => execute(options, list)),
    )
    .addCommand(
      new Command('show')
        .description('one definition; the highest active version when none is named')
        .argument('<name>', 'name of the definition')
        .argument('[version]', 'its version', wholeNumber(1, LIMITS.versions))
        .addOption(jsonOption())
        .action((name: string, version: number | undefined, options: Options) =>
          execute(options, (session) => show(session, name, version)),
        ),
    )
    .addCommand(
      new Command('register')
        .description('checks and registers definitions; the same again changes nothing')
        .argument('<source...>', 'modules that export `definitions` (and `actions`), or JSON files')
        .addOption(jsonOption())
        .action((sources: string[], options: Options) => execute(options, (session) => register(session, sources))),
    );

async function list(session: Session): Promise<Result> {
  const records = await (await session.journal()).listDefinitions();
  return { json: { definitions: records.map(presentRecord) }, text: () => renderList(records) };
}

const presentRecord = ({ name, version, active, hash, registeredAt }: DefinitionRecord) => ({
  name,
  version,
  active,
  hash,
  registeredAt,
});

function renderList(records: readonly DefinitionRecord[]): string {
  if (records.length === 0) return 'no definitions; register one with: conveyor definitions register <module>';
  const rows = records.map(({ name, version, active, hash, definition, registeredAt }) => [
    name,
    String(version),
    active ? 'yes' : 'no',
    String(Object.keys(definition.states).length),
    hash.slice(0, 12),
    registeredAt.toISOString(),
  ]);
  return columns(['name', 'version', 'active', 'states', 'content', 'registered'], rows);
}

async function show(session: Session, name: string, version: number | undefined): Promise<Result> {
  const journal = await session.journal();
  const record = await (version === undefined ? journal.latestDefinition(name) : journal.findDefinition(name, version));
  if (!record) {
    const which = version === undefined ? '' : ` version ${version}`;
    throw new Refused('definition-unknown', { workflow: name, version: which });
  }
  return {
    json: { ...presentRecord(record), definition: record.definition },
    text: (paint) =>
      [
        paint.bold(`${record.name} ${record.version}`),
        paint.dim(`registered ${record.registeredAt.toISOString()}, content ${record.hash}`),
        '',
        renderGraph(record.definition),
      ].join('\n'),
  };
}

/** Its edges, in the order in which a person reads a definition. */
function renderGraph({ initial, states }: WorkflowDefinition): string {
  const rows = Object.entries(states).flatMap(([name, state]) => {
    const label = name === initial ? `${name} (initial)` : name;
    if (isEnd(state)) return [[label, '', `end: ${state.end}`, '']];
    return state.choices.map(({ when = '', action, to, onFailure = {} }, index) => {
      const failures = Object.entries(onFailure).map(([code, target]) => `${code} → ${target}`);
      return [index === 0 ? label : '', when, `${action} → ${to}`, failures.join(', ')];
    });
  });
  return columns(['state', 'when', 'action → state', 'on failure'], rows);
}

async function register(session: Session, sources: readonly string[]): Promise<Result> {
  const given = await Promise.all(sources.map((source) => readDefinitions(source, process.cwd())));
  const brought = given.flatMap(({ contracts }) => contracts);
  const journal = await session.journal();
  const registrations: Registration[] = [];
  for (const value of given.flatMap(({ definitions }) => definitions)) {
    registrations.push(await registerDefinition(journal, value, { clock: session.clock, brought }));
  }
  return {
    json: {
      registered: registrations.map(({ definition: { name, version }, result, hash }) => ({
        name,
        version,
        result,
        hash,
      })),
    },
    text: () => registrations.map(describeRegistration).join('\n'),
  };
}

const describeRegistration = ({ definition: { name, version }, result }: Registration): string =>
  result === 'registered' ? `${name} ${version} registered` : `${name} ${version} was registered before, the same`;

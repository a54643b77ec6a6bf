import type { ActionContract } from '../core/action.ts';
import type { Clock } from '../core/clock.ts';
import { actionsOf, checkDefinition } from '../core/definition-checks.ts';
import { canonicalJson, definitionHash } from '../core/definition-hash.ts';
import { parseDefinition } from '../core/definition-schema.ts';
import { Refused } from '../core/errors.ts';
import { definitionId } from '../core/names.ts';
import type { WorkflowDefinition } from '../core/workflow-definition.ts';
import type { Journal } from '../journal/journal.ts';
import type { DefinitionRecord } from '../journal/records.ts';

export type RegistrationJournal = Pick<
  Journal,
  'listStations' | 'writeStation' | 'findDefinition' | 'registerDefinition'
>;

export interface RegistrationOptions {
  readonly clock: Clock;
  /**
   * Contracts of actions that come along in code. They count for actions that no worker has hosted yet, and are stored as
   * theirs, so that definitions can be registered before the first worker starts. What a worker has written counts for more.
   */
  readonly brought?: readonly ActionContract[];
}

export interface Registration {
  /** `same`: it was registered before, with this content. */
  readonly result: 'registered' | 'same';
  readonly definition: WorkflowDefinition;
  readonly hash: string;
}

/**
 * Registers a workflow definition: parsed, checked against the contracts of its actions, stored for good under its name and
 * version, active at once. Registering the same again changes nothing.
 * @param value the definition as JSON, from anywhere
 * @throws Refused `definition-invalid`, `actions-unknown`, `definition-conflict`; Unavailable
 */
export async function registerDefinition(
  journal: RegistrationJournal,
  value: unknown,
  { clock, brought = [] }: RegistrationOptions,
): Promise<Registration> {
  const definition = parseDefinition(value);
  const { name, version } = definition;
  const known = new Map((await journal.listStations()).map(({ contract }) => [contract.name, contract]));
  const missing = brought.filter((contract) => actionsOf(definition).has(contract.name) && !known.has(contract.name));
  const outdated = brought.filter((contract) => differs(contract, known.get(contract.name)));
  const contracts = new Map([...known, ...missing.map((contract) => [contract.name, contract] as const)]);
  check(definition, contracts, outdated);

  const hash = definitionHash(definition);
  const at = new Date(clock.now());
  const record: DefinitionRecord = {
    _id: definitionId(name, version),
    name,
    version,
    hash,
    definition,
    active: true,
    registeredAt: at,
  };
  const conflict = new Refused('definition-conflict', { workflow: name, version });
  const present = await journal.findDefinition(name, version);
  if (present && present.hash !== hash) throw conflict;
  // The contracts first: whatever happens in between, a registered definition has all of its actions known.
  for (const contract of missing) await journal.writeStation(contract, at, 'definition');
  const result = await journal.registerDefinition(record);
  if (result === 'conflict') throw conflict;
  return { result, definition, hash };
}

/** A definition that fits the code beside it can still not fit what runs: then that is what to say. */
function check(
  definition: WorkflowDefinition,
  contracts: ReadonlyMap<string, ActionContract>,
  outdated: readonly ActionContract[],
): void {
  try {
    checkDefinition(definition, contracts);
  } catch (error) {
    const names = outdated.map(({ name }) => name).filter((name) => actionsOf(definition).has(name));
    if (!(error instanceof Refused) || error.code !== 'definition-invalid' || names.length === 0) throw error;
    const hint = `(Workers of ${names.join(', ')} that run or ran have another contract than the given one: start the new ones first.)`;
    const problem = `${error.details['problem']} ${hint}`;
    throw new Refused('definition-invalid', { workflow: definition.name, problem }, { cause: error });
  }
}

const differs = (brought: ActionContract, known: ActionContract | undefined): boolean =>
  known !== undefined && canonicalJson(known) !== canonicalJson(brought);

import type { ActionContract } from '../core/action.ts';
import type { Clock } from '../core/clock.ts';
import { contractProblems } from '../core/contract-fit.ts';
import { Fatal } from '../core/errors.ts';
import type { Journal } from '../journal/journal.ts';

/**
 * Writes the contracts of the actions that a worker hosts. A worker whose action changed so that it no longer fits what is
 * registered must not take that workflow's steps.
 * @throws Fatal `contract-conflict`: then nothing is written
 */
export async function publishContracts(
  journal: Pick<Journal, 'listStations' | 'listDefinitions' | 'writeStation'>,
  clock: Clock,
  hosted: readonly ActionContract[],
): Promise<void> {
  const stations = (await journal.listStations()).map(({ contract }) => contract);
  const contracts = new Map([...stations, ...hosted].map((contract) => [contract.name, contract]));
  const names = new Set(hosted.map(({ name }) => name));
  for (const { definition } of await journal.listDefinitions()) {
    const problem = contractProblems(definition, contracts, names)[0];
    if (!problem) continue;
    const { name: workflow, version } = definition;
    throw new Fatal('contract-conflict', { action: problem.action, workflow, version, problem: problem.problem });
  }
  for (const contract of hosted) await journal.writeStation(contract, new Date(clock.now()), 'worker');
}

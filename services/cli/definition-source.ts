import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ActionContract } from '../../shared/core/action.ts';
import { Refused } from '../../shared/core/errors.ts';
import { loadActionModule } from '../../shared/runtime/action-module.ts';

/** What a source gives to be registered. */
export interface DefinitionSource {
  /** Not checked yet. */
  readonly definitions: readonly unknown[];
  /** Of the actions that come along in code. */
  readonly contracts: readonly ActionContract[];
}

/**
 * Reads a module that exports `definitions`, or a JSON file with one definition or a list of them.
 * @throws Refused `module-invalid`
 */
export async function readDefinitions(source: string, directory: string): Promise<DefinitionSource> {
  if (path.extname(source) === '.json') return { definitions: await readJson(source, directory), contracts: [] };
  const { definitions, actions } = await loadActionModule(source, directory);
  if (definitions.length === 0) throw invalid(source, 'it exports no "definitions".');
  return { definitions, contracts: actions.map(({ contract }) => contract) };
}

async function readJson(source: string, directory: string): Promise<readonly unknown[]> {
  try {
    const value: unknown = JSON.parse(await readFile(path.resolve(directory, source), 'utf8'));
    return Array.isArray(value) ? value : [value];
  } catch (error) {
    throw invalid(source, `it cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

const invalid = (module: string, problem: string, cause?: unknown): Refused =>
  new Refused('module-invalid', { module, problem }, { cause });

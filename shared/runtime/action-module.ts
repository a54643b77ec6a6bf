import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Action } from '../core/action.ts';
import { ConveyorError, Fatal, Refused } from '../core/errors.ts';
import { closest } from './closest.ts';

/** What users of the engine write: a module that exports `actions`, `definitions` or both. */
export interface ActionModule {
  /** As it was named. */
  readonly name: string;
  readonly actions: readonly Action[];
  /** Not checked yet: registering parses them. */
  readonly definitions: readonly unknown[];
}

/**
 * Loads a module by a path (relative to `directory`), a URL or the name of a package.
 * @throws Refused `module-invalid`; what the module itself throws of the engine's errors, e.g. Fatal `config-invalid`
 */
export async function loadActionModule(name: string, directory: string): Promise<ActionModule> {
  const exports = await importModule(name, locate(name, directory));
  const { actions = [], definitions = [] } = exports;
  if (!Array.isArray(actions) || !actions.every(isAction)) {
    throw invalid(name, 'its export "actions" is not a list of what defineAction returns.');
  }
  if (!Array.isArray(definitions)) {
    throw invalid(name, 'its export "definitions" is not a list of what defineWorkflow returns.');
  }
  if (actions.length === 0 && definitions.length === 0) {
    throw invalid(name, 'it exports neither "actions" nor "definitions".');
  }
  const names = actions.map((action) => action.name);
  const twice = names.find((one, index) => names.indexOf(one) < index);
  if (twice !== undefined) throw invalid(name, `it has two actions of the name "${twice}".`);
  return { name, actions, definitions };
}

/**
 * The actions that a worker was told to host.
 * @throws Fatal `config-invalid`, listing what the module has
 */
export function hostedActions({ name, actions }: ActionModule, wanted: readonly string[]): readonly Action[] {
  const names = actions.map((action) => action.name);
  const has = names.length === 0 ? `${name} has none.` : `${name} has: ${names.join(', ')}.`;
  const refuse = (problem: string): Fatal => new Fatal('config-invalid', { variable: 'arguments', problem });
  if (wanted.length === 0) throw refuse(`name the actions to host; ${has}`);
  return [...new Set(wanted)].map((one) => {
    const action = actions.find((candidate) => candidate.name === one);
    if (action) return action;
    const meant = closest(one, names);
    throw refuse(`there is no action "${one}"${meant ? `; did you mean "${meant}"?` : ':'} ${has}`);
  });
}

function locate(name: string, directory: string): string {
  if (/^(file|data|node):/.test(name)) return name;
  const file = path.resolve(directory, name);
  return /^\.{0,2}\//.test(name) || existsSync(file) ? pathToFileURL(file).href : name;
}

async function importModule(name: string, specifier: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    // What a module exports is known when it has been looked at, which the caller does.
    return (await import(specifier)) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof ConveyorError) throw error;
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    // The loader would name the file of ours that asked for it; of what is missing inside the module it names the importer.
    const missing = /Cannot find (?:package|module) '([^']+)'/.exec(line)?.[1];
    if (missing === name) throw invalid(name, 'there is no such file here, and no package of that name.', error);
    if (missing !== undefined && [missing, pathToFileURL(missing).href].includes(specifier)) {
      throw invalid(name, `there is no such file: ${missing}`, error);
    }
    throw invalid(name, `it cannot be loaded: ${line}`, error);
  }
}

/** By its shape: the module may have been written against another copy of the engine. */
function isAction(value: unknown): value is Action {
  if (typeof value !== 'object' || value === null) return false;
  const { name, run, contract, parseInput, parseChanges } = value as Readonly<Partial<Record<keyof Action, unknown>>>;
  return (
    typeof name === 'string' &&
    typeof contract === 'object' &&
    [run, parseInput, parseChanges].every((method) => typeof method === 'function')
  );
}

const invalid = (module: string, problem: string, cause?: unknown): Refused =>
  new Refused('module-invalid', { module, problem }, { cause });

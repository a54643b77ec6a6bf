import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import type { JsonObject } from '../../shared/core/json.ts';
import { jsonObject } from './options.ts';

/** A JSON object from the file that an option names. @throws InvalidArgumentError, naming the option */
export async function readJsonFile(option: string, file: string): Promise<JsonObject> {
  try {
    return jsonObject(await readFile(file, 'utf8'));
  } catch (error) {
    throw new InvalidArgumentError(`${option} ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

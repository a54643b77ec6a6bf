import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { reasonOf } from './errors.ts';

const execute = promisify(execFile);
// An engine that is there answers in a fraction of this; a dead remote context would hang for ever.
const ENGINE_ANSWERS_WITHIN_MS = 10_000;
// Pulling the images over a slow line is in this.
const COMMAND_ENDS_WITHIN_MS = 15 * 60_000;

/** Why containers cannot be used here, or undefined when an engine answers and has compose. */
export async function whyNoDocker(): Promise<string | undefined> {
  const options = { env: process.env, timeout: ENGINE_ANSWERS_WITHIN_MS };
  try {
    await execute('docker', ['info'], options);
  } catch {
    return 'no Docker engine answers (docker info fails)';
  }
  try {
    await execute('docker', ['compose', 'version'], options);
    return undefined;
  } catch {
    return 'Docker has no compose plugin (docker compose version fails)';
  }
}

/** Runs a docker command to its end and returns what it printed; rejects with what it said when it fails. */
export async function docker(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  try {
    const { stdout } = await execute('docker', args, {
      env: { ...process.env, ...env },
      timeout: COMMAND_ENDS_WITHIN_MS,
    });
    return stdout.trim();
  } catch (error) {
    throw new Error(`docker ${args.join(' ')}: ${reasonOf(error)}`, { cause: error });
  }
}

// What a server keeps from one start to the next, so that its URLs stay the same: ports and the password.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { pickPorts } from './ports.ts';

const settings = z.object({ ports: z.record(z.string(), z.number().int()), password: z.string() });
export type Settings = z.infer<typeof settings>;

/** Reads the settings, or returns undefined when the server was never set up. */
export function readSettings(file: string): Settings | undefined {
  if (!existsSync(file)) return undefined;
  const parsed = settings.safeParse(parseJson(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new Error(`${file} is damaged. Run "npm run servers -- wipe" and "npm run servers -- up" to make it anew.`);
}

/** Picks ports and, where there is none yet, a password, and writes both. */
export async function writeSettings(file: string, portNames: readonly string[], password?: string): Promise<Settings> {
  const made = { ports: await pickPorts(portNames), password: password ?? randomBytes(12).toString('hex') };
  mkdirSync(dirname(file), { recursive: true });
  // Renamed into place: a reader never sees half a file.
  writeFileSync(`${file}.new`, JSON.stringify(made, undefined, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return made;
}

export function portOf(from: Settings, name: string): number {
  const port = from.ports[name];
  if (port === undefined)
    throw new Error(`the settings name no port "${name}": wipe the servers and set them up again`);
  return port;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

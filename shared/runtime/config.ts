import type { z } from 'zod';
import { Fatal } from '../core/errors.ts';
import { cutText } from '../core/limits.ts';
import { closest } from './closest.ts';
import { SETTINGS, type Setting } from './config-table.ts';
import { maskUrl, maskUrls } from './mask.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
export type SettingKey = keyof typeof SETTINGS;
type ValuesOf<Table extends Readonly<Record<string, Setting>>> = {
  readonly [Key in keyof Table]: z.output<Table[Key]['parser']>;
};
/** Everything the engine is told by its environment, parsed. Durations are in milliseconds. */
export type Config = ValuesOf<typeof SETTINGS>;

const PREFIX = 'CONVEYOR_';
/** Of that prefix, but read by the tool that runs servers for development: it may stand in any shell. */
const TOOLS = ['CONVEYOR_LOCAL_DIR'];

/**
 * Kubernetes and Docker describe a service named `conveyor-…` to its neighbours in variables such as
 * `CONVEYOR_INTAKE_SERVICE_HOST` and `CONVEYOR_INTAKE_PORT_9464_TCP_ADDR`. They are not ours, and no mistake.
 */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

/**
 * The whole configuration: defaults, then the environment, parsed and frozen. An empty variable counts as not set.
 * @throws Fatal `config-invalid`, one line that names the variable
 */
export function loadConfig(environment: Environment): Config {
  refuseUnknown(environment);
  return readSettings(SETTINGS, environment);
}

/**
 * Some settings only: for a program that works without the rest.
 * @throws Fatal `config-invalid`, one line that names the variable
 */
export function loadSettings<Key extends SettingKey>(
  keys: readonly Key[],
  environment: Environment,
): Pick<Config, Key> {
  refuseUnknown(environment);
  const table = Object.fromEntries(keys.map((key) => [key, SETTINGS[key]]));
  // fromEntries forgets which keys it was given; the table holds exactly these.
  return readSettings(table as Pick<typeof SETTINGS, Key>, environment) as Pick<Config, Key>;
}

/**
 * Reads a table of settings, the engine's or a service's own.
 * @throws Fatal `config-invalid`, one line that names the variable
 */
export function readSettings<const Table extends Readonly<Record<string, Setting>>>(
  table: Table,
  environment: Environment,
): ValuesOf<Table> {
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(table)) values[key] = readSetting(setting, environment);
  // Each key of the table was given what its own parser returned.
  return Object.freeze(values) as ValuesOf<Table>;
}

function readSetting(setting: Setting, environment: Environment): unknown {
  const { name, allowed, parser } = setting;
  const text = environment[name] || setting.default;
  const parsed = parser.safeParse(text);
  if (parsed.success) return parsed.data;
  const found = text === undefined ? 'is not set' : `${showValue(setting, text)} is not allowed`;
  throw new Fatal('config-invalid', { variable: name, problem: `${found}. Expected: ${allowed}.` });
}

const showValue = ({ isUrl }: Setting, text: string): string =>
  JSON.stringify(cutText(isUrl ? maskUrl(text) : maskUrls(text)));

/** A misspelt variable would silently leave its default in force. */
function refuseUnknown(environment: Environment): void {
  const known = [...TOOLS, ...Object.values(SETTINGS).map(({ name }) => name)];
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(PREFIX) || known.includes(name) || SERVICE_LINK.test(name)) continue;
    const meant = closest(name, known) ?? closest(name.slice(PREFIX.length), known);
    const hint = meant ? `did you mean ${meant}?` : 'the README lists the variables.';
    throw new Fatal('config-invalid', { variable: name, problem: `there is no such variable; ${hint}` });
  }
}

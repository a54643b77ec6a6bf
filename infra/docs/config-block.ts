import type { Setting } from '../../shared/runtime/config-table.ts';
import { code, table } from './markdown.ts';

/** The README's table of environment variables. */
export const renderConfigTable = (settings: readonly Setting[]): string =>
  table(
    ['variable', 'default', 'meaning', 'allowed', 'read by'],
    settings.map((setting) => [
      code(setting.name),
      showDefault(setting),
      setting.meaning,
      setting.allowed,
      setting.programs.join(', '),
    ]),
  );

function showDefault(setting: Setting): string {
  if (setting.default !== undefined) return code(setting.default);
  return setting.parser.safeParse(undefined).success ? '' : 'must be set';
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ORDER_SETTINGS } from '../../services/orders/settings.ts';
import { ladderTopology } from '../../shared/contract/delay-ladder.ts';
import { lineTopology, stationTopology } from '../../shared/contract/topology.ts';
import { SETTINGS } from '../../shared/runtime/config-table.ts';
import { renderConfigTable } from './config-block.ts';
import { contractDocument } from './contract-document.ts';
import { errorsDocument } from './errors-document.ts';
import { replaceBlock } from './markdown.ts';
import { schemaDocuments } from './schemas.ts';

const NAMESPACE = 'conveyor';
const EXAMPLE = 'examples/smallest-workflow/main.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Every generated document by its path in the repository, as it should be. */
export function documents(root: string): ReadonlyMap<string, string> {
  const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  const line = lineTopology(NAMESPACE, ladderTopology(NAMESPACE));
  const station = stationTopology(NAMESPACE, '<action>');
  const schemas = schemaDocuments();
  const settings = [...Object.values(SETTINGS), ...Object.values(ORDER_SETTINGS)];
  const readme = replaceBlock(read('README.md'), 'config', renderConfigTable(settings));
  return new Map([
    ['README.md', replaceBlock(readme, 'example', `\`\`\`ts\n${read(EXAMPLE).trimEnd()}\n\`\`\``)],
    ['docs/errors.md', errorsDocument()],
    ['docs/contract.md', contractDocument(schemas, line, station)],
    ['docs/topology.json', json({ line, station })],
    ...schemas.map(({ name, schema }): [string, string] => [`docs/schema/${name}.schema.json`, json(schema)]),
  ]);
}

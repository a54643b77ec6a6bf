import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ORDER_SETTINGS } from '../../services/orders/settings.ts';
import { ladderTopology } from '../../shared/contract/delay-ladder.ts';
import { lineTopology, stationTopology } from '../../shared/contract/topology.ts';
import { SETTINGS } from '../../shared/runtime/config-table.ts';
import { asyncApiDocument } from './asyncapi-document.ts';
import { renderConfigTable } from './config-block.ts';
import { contractDocument } from './contract-document.ts';
import { errorsDocument } from './errors-document.ts';
import { excerpt, replaceBlock } from './markdown.ts';
import { schemaDocuments } from './schemas.ts';

const NAMESPACE = 'conveyor';

/** The programs that the README shows, whole or the regions that they mark: block, language, file. */
const EXAMPLES = [
  ['example', 'ts', 'examples/smallest-workflow/main.ts'],
  ['waiting', 'ts', 'examples/order-with-wait/workflow.ts'],
  ['start-event', 'python', 'examples/start-event.py'],
] as const;
type Example = readonly [block: string, language: string, file: string];

/** The test that the page about testing shows whole. */
const TESTED: Example = ['order-with-wait', 'ts', 'examples/order-with-wait/order-with-wait.test.ts'];

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Every generated document by its path in the repository, as it should be. */
export function documents(root: string): ReadonlyMap<string, string> {
  const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  const line = lineTopology(NAMESPACE, ladderTopology(NAMESPACE));
  const station = stationTopology(NAMESPACE, '<action>');
  const schemas = schemaDocuments();
  const settings = [...Object.values(SETTINGS), ...Object.values(ORDER_SETTINGS)];
  const showing = (text: string, [block, language, file]: Example): string =>
    replaceBlock(text, block, `\`\`\`${language}\n${excerpt(read(file))}\n\`\`\``);
  const readme = EXAMPLES.reduce(showing, replaceBlock(read('README.md'), 'config', renderConfigTable(settings)));
  return new Map([
    ['README.md', readme],
    ['docs/testing.md', showing(read('docs/testing.md'), TESTED)],
    ['docs/errors.md', errorsDocument()],
    ['docs/contract.md', contractDocument(schemas, line, station)],
    ['docs/topology.json', json({ line, station })],
    ['docs/asyncapi.json', json(asyncApiDocument(NAMESPACE, schemas, line))],
    ...schemas.map(({ name, schema }): [string, string] => [`docs/schema/${name}.schema.json`, json(schema)]),
  ]);
}

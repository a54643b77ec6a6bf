import type { Topology } from '../../shared/contract/topology.ts';
import { code, GENERATED, table } from './markdown.ts';
import type { Schema, SchemaDocument } from './schemas.ts';

/** docs/contract.md: what other programs rely on. */
export const contractDocument = (documents: readonly SchemaDocument[], line: Topology, station: Topology): string =>
  `# Contract

${GENERATED}

What other programs may rely on. The same for machines: [schema/](schema/) holds a JSON Schema (2020-12) for each of these
documents, [topology.json](topology.json) every exchange, queue and binding, and [asyncapi.json](asyncapi.json) all channels (AsyncAPI 3).
Names are those of the namespace \`conveyor\`; another \`CONVEYOR_NAMESPACE\` takes the place of that word. Ignore fields that you do not
know; only a workflow definition may have no others.

${documents.map(documentSection).join('\n\n')}

## Exchanges and queues

Everything is durable; exchanges are topic exchanges, queues are quorum queues. Publish with confirms and, but for lifecycle events,
\`mandatory\`. Whoever may write to \`conveyor.work\` is trusted: draw that line by permissions.

${topologyTable(line, station)}

The delay ladder, \`conveyor.delay.00\` and up, is Conveyor's own: each rung an exchange and a queue whose messages rest twice as
long as on the one below, the last of them leading to \`conveyor.deliver\`.
`;

function documentSection({ name, schema }: SchemaDocument): string {
  const [title = name, sentence = ''] = (schema.description ?? '').split(': ');
  const file = `schema/${name}.schema.json`;
  const rows = fieldsOf(schema).map(({ path, isRequired, field }) => [
    code(path),
    isRequired ? 'yes' : '',
    typeOf(field),
    field.description ?? '',
  ]);
  return `## ${title}\n\nIt ${sentence}\n\n[${file}](${file})\n\n${table(['field', 'required', 'type', 'meaning'], rows)}`;
}

interface Field {
  readonly path: string;
  readonly isRequired: boolean;
  readonly field: Schema;
}

/** All fields of an object, those of objects in it by their path: `data.state`, `states.*.choices[].action`. */
function fieldsOf(schema: Schema, prefix = ''): readonly Field[] {
  // Where an object has fields of its own, its alternatives only say which of them must be there.
  const forms = schema.properties ? [schema] : (schema.anyOf ?? [schema]);
  return forms.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([name, field]) => {
      const path = `${prefix}${name}`;
      return [{ path, isRequired: required.includes(name), field }, ...fieldsWithin(field, path)];
    }),
  );
}

function fieldsWithin(field: Schema, path: string): readonly Field[] {
  const { properties, items, additionalProperties } = field;
  if (properties) return fieldsOf(field, `${path}.`);
  if (items) return fieldsOf(items, `${path}[].`);
  return typeof additionalProperties === 'object' ? fieldsOf(additionalProperties, `${path}.*.`) : [];
}

function typeOf(field: Schema): string {
  if (field.const !== undefined) return code(JSON.stringify(field.const));
  if (field.enum) return field.enum.map((value) => code(JSON.stringify(value))).join(', ');
  if (field.anyOf) return field.anyOf.map(typeOf).join(' or ');
  const limits = [
    field.format ?? (field.pattern ? `matches ${code(field.pattern)}` : undefined),
    field.maxLength === undefined ? undefined : `at most ${field.maxLength} bytes`,
    field.type === 'integer' ? range(field) : undefined,
    field.default === undefined ? undefined : `default ${code(JSON.stringify(field.default))}`,
  ].filter((limit) => limit !== undefined);
  return [field.type ?? 'any JSON', ...limits].join(', ');
}

function range({ minimum, maximum = Number.MAX_SAFE_INTEGER }: Schema): string | undefined {
  if (minimum === undefined || minimum === Number.MIN_SAFE_INTEGER) return undefined;
  return maximum === Number.MAX_SAFE_INTEGER ? `from ${minimum}` : `${minimum} to ${maximum}`;
}

function topologyTable(line: Topology, station: Topology): string {
  const isRung = (name: string): boolean => name.includes('.delay.');
  const exchanges = line.exchanges.filter(({ name }) => !isRung(name));
  return table(
    ['exchange', 'routing key', 'leads to'],
    exchanges.flatMap(({ name }) => {
      const bindings = [...line.bindings, ...station.bindings].filter(({ from, to }) => from === name && 'queue' in to);
      if (bindings.length === 0) return [[code(name), '', 'whoever binds to it']];
      return bindings.map(({ pattern, to }) => [
        code(name),
        code(pattern),
        code('queue' in to ? to.queue : to.exchange),
      ]);
    }),
  );
}

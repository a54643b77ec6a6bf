import { alternatives, type Field, fieldOf, type ObjectType, typeName, type ValueType } from './value-type.ts';

/**
 * What keeps data of one type from being taken where another is wanted: fields that may be absent, and types that
 * disagree. Where one side states no type, it is taken to fit. Each reads as what is needed, and what to do.
 */
export function misfits(given: ObjectType, wanted: ObjectType): readonly string[] {
  return objectMisfits(given, wanted, '');
}

function objectMisfits(given: ObjectType, wanted: ObjectType, path: string): readonly string[] {
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const extra = wanted.rest ? [] : [...given.fields.keys()].filter((name) => !wanted.fields.has(name));
  return [
    ...[...wanted.fields].flatMap(([name, field]) => fieldMisfits(fieldOf(given, name), field, at(name))),
    ...extra.map(
      (name) => `"${path}" without "${name}", which it does not declare: declare it, or let it be passed over`,
    ),
  ];
}

function fieldMisfits(given: Field | undefined, wanted: Field, path: string): readonly string[] {
  if (!given) {
    if (!wanted.required) return [];
    return [
      `"${path}", which nothing sets: require it in the workflow's input, or let an action before this one set it`,
    ];
  }
  if (wanted.required && !given.required) {
    return [
      `"${path}", which is not present on every path that leads here: require it in the workflow's input, let an action on every path set it, or choose by has(${path})`,
    ];
  }
  return typeMisfits(given.type, wanted.type, path);
}

function typeMisfits(given: ValueType, wanted: ValueType, path: string): readonly string[] {
  if (given.kind === 'unknown' || wanted.kind === 'unknown') return [];
  return alternatives(given).flatMap((one) => {
    const other = alternatives(wanted).find(({ kind }) => kind === one.kind);
    if (!other) return [typeMisfit(one, wanted, path)];
    if (one.kind === 'list' && other.kind === 'list') return typeMisfits(one.item, other.item, `${path}[]`);
    return one.kind === 'object' && other.kind === 'object' ? objectMisfits(one, other, path) : [];
  });
}

function typeMisfit(given: ValueType, wanted: ValueType, path: string): string {
  const remedy =
    given.kind === 'null' ? `choose by ${path} != null, or let the action take null` : 'change one of the declarations';
  return `"${path}" as ${typeName(wanted)}, but it may be ${typeName(given)} here: ${remedy}`;
}

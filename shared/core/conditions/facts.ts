import { type Field, fieldOf, type ObjectType, withField, withoutNull } from '../value-type.ts';

/**
 * What a part of a condition proves when it turns out true, or false: that a field is present, or is not null. Written
 * `has customer.email` and `not-null customer.email`; names in conditions contain neither dots nor spaces.
 */
export type Facts = ReadonlySet<string>;

export const NO_FACTS: Facts = new Set();

export const fact = (proves: 'has' | 'not-null', path: readonly string[]): Facts =>
  new Set([`${proves} ${path.join('.')}`]);

/** Proven by either. */
export const all = (left: Facts, right: Facts): Facts => new Set([...left, ...right]);

/** Proven by both. */
export const common = (left: Facts, right: Facts): Facts => new Set([...left].filter((one) => right.has(one)));

/** What is known of the data where the facts hold. */
export function assume(data: ObjectType, facts: Facts): ObjectType {
  let known = data;
  for (const one of facts) {
    const [proves, path = ''] = one.split(' ');
    known = narrow(known, path.split('.'), (field) =>
      proves === 'has' ? { ...field, required: true } : { ...field, type: withoutNull(field.type) },
    );
  }
  return known;
}

function narrow(
  object: ObjectType,
  [name = '', ...rest]: readonly string[],
  change: (field: Field) => Field,
): ObjectType {
  const field = fieldOf(object, name);
  if (!field) return object;
  if (rest.length === 0) return withField(object, name, change(field));
  if (field.type.kind !== 'object') return object;
  return withField(object, name, { ...field, type: narrow(field.type, rest, change) });
}

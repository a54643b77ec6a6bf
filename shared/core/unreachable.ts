/** Closes a switch over a union: a forgotten case does not compile, and a value from outside that slips by is named. */
export function unreachable(value: never): never {
  throw new TypeError(`Unexpected value: ${JSON.stringify(value)}`);
}

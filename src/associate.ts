// Records that have a field for each of some names.

/** `{ a: of("a", 0), b: of("b", 1) }` for the names a and b. */
export function associate<Name extends string, Value>(
  names: readonly Name[],
  of: (name: Name, i: number) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name, i) => [name, of(name, i)])) as Record<Name, Value>;
}

/** Object.keys with their type. */
export const keysOf = <Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] =>
  Object.keys(record) as Key[];

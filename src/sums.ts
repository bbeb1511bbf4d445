// Sums of counts.

export function sum(numbers: readonly number[]): number {
  let total = 0;
  for (let i = 0; i < numbers.length; i++) total += numbers[i]!;
  return total;
}

/** One row for each key, with the sum of its counts, in the order of the first row of each key. */
export function sumRows<Row extends { readonly count: number }>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): Row[] {
  const byKey = new Map<string, Row>();
  for (const row of rows) {
    const key = keyOf(row);
    const same = byKey.get(key);
    byKey.set(key, same === undefined ? row : { ...row, count: same.count + row.count });
  }
  return [...byKey.values()];
}

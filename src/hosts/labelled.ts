// Counts by labels. They are kept by key, which is the values of the labels with a space between
// them ("GET 200 1.1"), and shown as rows that have the labels as fields.

/** A row with these labels. */
export type LabelledCount<Label extends string> =
  & { readonly [Key in Label]: string }
  & { readonly count: number };

/** A row, whatever its labels. */
export type LabelledRow = Readonly<Record<string, string | number>> & { readonly count: number };

/** The row of a key. */
export const rowOf = (labels: readonly string[], key: string, count: number): LabelledRow =>
  rowOfValues(labels, valuesOf(key), count);

/** The values of the labels of a key. */
export const valuesOf = (key: string): readonly string[] => key.split(" ");

export function rowOfValues(
  labels: readonly string[],
  values: readonly string[],
  count: number,
): LabelledRow {
  const row: Record<string, string | number> = {};
  for (let i = 0; i < labels.length; i++) row[labels[i]!] = values[i]!;
  row["count"] = count;
  return row as LabelledRow;
}

/** The key of a row. */
export const keyOf = (labels: readonly string[], row: LabelledRow): string =>
  labels.map((label) => row[label]).join(" ");

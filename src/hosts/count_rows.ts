// The rows of a table of counts, by key (labelled.ts), up to its limit.

import type { TableField } from "./fields.ts";

export interface Count {
  count: number;
}

export type CountRows = Map<string, Count>;

/** Shared by all tables without rows: most hosts use few tables. */
export const NO_ROWS: CountRows = new Map();

/** The row of a key, made if there is room; else the row that counts what found none. */
export function countOf(rows: CountRows, key: string, field: TableField): Count {
  const known = rows.get(key);
  if (known !== undefined) return known;
  if (rows.size >= field.limit) {
    const rest = restOf(key, field);
    if (rest !== key) return countOf(rows, rest, field);
  }
  const row = { count: 0 };
  rows.set(key, row);
  return row;
}

/** "other invalid 1.1" for "GET 200 1.1". */
function restOf(key: string, { rest }: TableField): string {
  const values = key.split(" ");
  return rest.map((value, i) => value ?? values[i]).join(" ");
}

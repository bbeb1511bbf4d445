// Tables of text, without borders.

import { type Align, fit } from "../text_width.ts";

export interface TableColumn {
  readonly title: string;
  readonly align: Align;
  /** Columns of the terminal, without the gutter; longer cells are cut. */
  readonly width: number;
}

/** Blanks between two columns. */
export const GUTTER = 2;

const GAP = " ".repeat(GUTTER);

/** The rows under their titles, without a newline at the end; the titles are bold with `color`. */
export function drawTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  color: boolean,
): string {
  const line = (cells: readonly string[]) =>
    columns.map(({ width, align }, i) => fit(cells[i]!, width, align)).join(GAP).trimEnd();
  const titles = line(columns.map(({ title }) => title));
  return [color ? `\x1b[1m${titles}\x1b[22m` : titles, ...rows.map(line)].join("\n");
}

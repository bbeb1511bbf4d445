// Tables of text, without borders.

import Table from "cli-table3";

export interface TableColumn {
  readonly title: string;
  readonly align: "left" | "right";
  /** Columns of the terminal, without the gutter; longer cells are cut. */
  readonly width: number;
}

/** Blanks between two columns. */
export const GUTTER = 2;

/** The time of cli-table3 grows with the square of the rows: so it gets a few at a time. */
const ROWS_AT_ONCE = 30;

/** The rows under their titles, without a newline at the end; the titles are bold with `color`. */
export function drawTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  color: boolean,
): string {
  const blocks: string[] = [];
  for (let from = 0; from < rows.length || from === 0; from += ROWS_AT_ONCE) {
    const head = from === 0 ? columns.map(({ title }) => title) : [];
    blocks.push(drawBlock(columns, head, rows.slice(from, from + ROWS_AT_ONCE)));
  }
  const table = blocks.join("\n").replace(/ +$/gm, "");
  // Not by cli-table3, which looks at the environment instead of what the caller decided.
  return color ? table.replace(/^.*/, "\x1b[1m$&\x1b[22m") : table;
}

/** Columns that a text takes on a terminal: at most two a character. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += character.codePointAt(0)! < 0x1100 ? 1 : 2;
  return width;
}

const NO_BORDERS = Object.fromEntries(
  ["top", "bottom", "left", "right"]
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .concat("mid", "mid-mid", "middle")
    .map((name) => [name, ""]),
);

function drawBlock(
  columns: readonly TableColumn[],
  head: string[],
  rows: readonly (readonly string[])[],
): string {
  const table = new Table({
    head,
    colAligns: columns.map(({ align }) => align),
    colWidths: columns.map(({ width }) => width + GUTTER),
    chars: NO_BORDERS,
    style: {
      head: [],
      border: [],
      compact: true,
      "padding-left": 0,
      "padding-right": GUTTER,
    },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

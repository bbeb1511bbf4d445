// What fits where: the columns of the table into the width of the terminal.

import type { TerminalColumn } from "./terminal_columns.ts";
import type { TableRow } from "./rows.ts";
import { widthOf } from "../text_width.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface PlacedColumn {
  readonly column: TerminalColumn;
  /** Places, the gap apart. */
  readonly width: number;
}

/** Lines that are not rows: two of the header, the titles, the keys. */
const OTHER_LINES = 4;
/** The cursor stands in front of the columns. */
export const CURSOR_WIDTH = 1;
export const COLUMN_GAP = 1;
/** Texts are cut there, the names of hosts apart: longer ones would push the numbers out. */
const MAX_TEXT = 39;
/** Names of hosts are cut below this, or below their share of the width, only when nothing else can give way. */
const MIN_HOST = 20;
const HOST_SHARE = 0.3;

/** How many rows of the table can be seen. */
export function tableHeight(size: Size): number {
  return Math.max(1, size.rows - OTHER_LINES);
}

/** How many lines of a page of text can be seen: all but the header and the keys. */
export function pageHeight(size: Size): number {
  return Math.max(1, size.rows - OTHER_LINES + 1);
}

/** The columns that fit, with their widths. */
export function placeColumns(
  columns: readonly TerminalColumn[],
  rows: readonly TableRow[],
  now: number,
  width: number,
): PlacedColumn[] {
  let placed = columns.map((column) => ({ column, width: naturalWidth(column, rows, now) }));
  const host = placed.find(isHost)?.width ?? 0;
  const least = Math.min(host, Math.max(MIN_HOST, Math.floor(width * HOST_SHARE)));
  placed = placed.map((each) => isHost(each) ? { ...each, width: least } : each);
  while (totalWidth(placed) > width) {
    const priority = Math.max(...placed.map(({ column }) => column.priority));
    if (priority === 0) break;
    placed = placed.filter(({ column }) => column.priority !== priority);
  }
  const spare = width - totalWidth(placed);
  return placed.map((each) =>
    isHost(each) ? { ...each, width: Math.max(1, Math.min(host, least + spare)) } : each
  );
}

const isHost = ({ column }: PlacedColumn): boolean => column.key === "host";

function totalWidth(columns: readonly PlacedColumn[]): number {
  return columns.reduce(
    (total, { width }) => total + width + COLUMN_GAP,
    CURSOR_WIDTH - COLUMN_GAP,
  );
}

/** With room for the arrow that tells the order. */
function naturalWidth(column: TerminalColumn, rows: readonly TableRow[], now: number): number {
  const title = column.title === "" ? 0 : widthOf(column.title) + 1;
  if (column.width !== null) return Math.max(title, column.width);
  const widest = rows.reduce(
    (width, row) => Math.max(width, widthOf(column.text(row, now))),
    title,
  );
  return column.key === "host" ? widest : Math.min(widest, MAX_TEXT);
}

// The layout of the screen: how many lines there are for what, and which columns fit with what
// width.

import type { TerminalColumn } from "./terminal_columns.ts";
import type { TableRow } from "./rows.ts";
import { widthOf } from "../../text_width.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface PlacedColumn {
  readonly column: TerminalColumn;
  /** Terminal cells, without the gap. */
  readonly width: number;
}

const HEADER_LINES = 2;
/** The line of the column titles, from 0 at the top. Rows follow. */
export const TITLE_LINE = HEADER_LINES;
/** Lines that are not rows: the header, the column titles, the footer. */
const OTHER_LINES = HEADER_LINES + 2;
/** Cells in front of the columns, for the cursor. */
const CURSOR_WIDTH = 1;
export const COLUMN_GAP = 1;
/** Cells of a text column, except that of the host: longer texts would push the numbers out. */
const MAX_TEXT = 39;
/**
 * The host column is only narrower than this, and than its share, if no other column can be left
 * out.
 */
const MIN_HOST = 20;
const HOST_SHARE = 0.3;

/** How many rows of the table are visible. */
export function tableHeight(size: Size): number {
  return Math.max(1, size.rows - OTHER_LINES);
}

/** How many lines of a page are visible: all but the header and the footer. */
export function pageHeight(size: Size): number {
  return Math.max(1, size.rows - OTHER_LINES + 1);
}

/** Index of the row on a line of the screen, if `top` is on the first; null for other lines. */
export function rowAt(size: Size, top: number, line: number): number | null {
  const index = line - TITLE_LINE - 1;
  return index >= 0 && index < tableHeight(size) ? top + index : null;
}

/** The column in a cell of the screen; null between columns and after the last. */
export function columnAt(placed: readonly PlacedColumn[], cell: number): PlacedColumn | null {
  let start = CURSOR_WIDTH;
  for (const each of placed) {
    if (cell >= start && cell < start + each.width) return each;
    start += each.width + COLUMN_GAP;
  }
  return null;
}

/** The columns that fit, with their widths. */
export function placeColumns(
  columns: readonly TerminalColumn[],
  rows: readonly TableRow[],
  present: number | null,
  width: number,
): PlacedColumn[] {
  let placed = columns.map((column) => ({ column, width: naturalWidth(column, rows, present) }));
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

/** With room for the arrow that shows the order. */
function naturalWidth(
  column: TerminalColumn,
  rows: readonly TableRow[],
  present: number | null,
): number {
  const title = column.title === "" ? 0 : widthOf(column.title) + 1;
  if (column.width !== null) return Math.max(title, column.width);
  const widest = rows.reduce(
    (width, row) => Math.max(width, widthOf(column.text(row, present))),
    title,
  );
  return column.key === "host" ? widest : Math.min(widest, MAX_TEXT);
}

// The lines of the table: the column titles and the visible rows.

import { presentOf, showsGroups } from "../state/arrange.ts";
import { COLUMN_GAP, type PlacedColumn, tableHeight } from "../state/screen_layout.ts";
import { joined, type Line, type Role, span } from "./line.ts";
import type { TableRow } from "../state/rows.ts";
import type { ScreenState } from "../state/state.ts";
import { fit } from "../../text_width.ts";

const CURSOR = "›";
const GAP = " ".repeat(COLUMN_GAP);

/** The column titles; an arrow shows by which one rows are sorted, and in which order. */
export function titleLine(state: ScreenState): Line {
  const { placed, table } = state;
  const titles = placed.map(({ column, width }) => {
    const isSorted = column.key === table.sort;
    const arrow = isSorted ? (table.descending ? "▼" : "▲") : "";
    const title = column.key === "host" && showsGroups(state) ? table.view : column.title;
    return span(fit(title + arrow, width, column.align), isSorted ? "value" : "faint");
  });
  return [span(" "), ...titles.flatMap((title, i) => i === 0 ? title : [span(GAP), title])];
}

/** The visible rows. */
export function rowLines(state: ScreenState): Line[] {
  const { table, rows, selectedRow } = state;
  const height = tableHeight(state.size);
  if (rows.length === 0) return [[span(`  ${emptyText(state)}`, "faint")]];
  return rows.slice(table.top, table.top + height)
    .map((row, i) =>
      table.top + i === selectedRow ? selectedLine(row, state) : rowLine(row, state)
    );
}

/** One role for the whole width of the screen. */
function selectedLine(row: TableRow, state: ScreenState): Line {
  const text = CURSOR + cellsOf(row, state).join(GAP);
  return [span(fit(text, state.size.columns), "selected")];
}

/** A key that moves the selection changes two lines: the others are taken from here. */
const cache = new WeakMap<
  TableRow,
  { placed: ScreenState["placed"]; present: number | null; line: Line }
>();

function rowLine(row: TableRow, state: ScreenState): Line {
  const { placed } = state;
  const present = presentOf(state);
  const made = cache.get(row);
  if (made?.placed === placed && made.present === present) return made.line;
  const line = joined([
    span(" "),
    ...cellsOf(row, state).flatMap((cell, i) => {
      const role = roleOf(placed[i]!, row);
      return i === 0 ? span(cell, role) : [span(GAP), span(cell, role)];
    }),
  ]);
  cache.set(row, { placed, present, line });
  return line;
}

function cellsOf(row: TableRow, state: ScreenState): string[] {
  const present = presentOf(state);
  return state.placed.map(({ column, width }) =>
    fit(column.text(row, present), width, column.align)
  );
}

function roleOf({ column }: PlacedColumn, row: TableRow): Role | undefined {
  if (column.key === "exported") return "exported";
  if (column.key === "number") return "faint";
  if (column.key === "error_share" && row.counted.errors > 0) return "bad";
  return undefined;
}

function emptyText({ snapshot, table, setting, capture, hidden }: ScreenState): string {
  if (table.filter !== null) return "No host matches the filter. Esc clears it.";
  if (hidden > 0) return "Of all hosts only DNS queries were seen. Press n to show them.";
  if (snapshot === null || capture.phase === "running") {
    return setting.live ? "Waiting for the first request, handshake or query..." : "Reading...";
  }
  return "No web host was seen.";
}

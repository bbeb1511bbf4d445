// The lines of the table: titles, and the rows that can be seen.

import { timeOf } from "./arrange.ts";
import { COLUMN_GAP, type PlacedColumn, tableHeight } from "./layout.ts";
import { joined, type Line, type Role, span } from "./line.ts";
import type { Row } from "./rows.ts";
import type { State } from "./state.ts";
import { fit } from "./text.ts";

const CURSOR = "›";
const GAP = " ".repeat(COLUMN_GAP);

/** The titles; an arrow tells by which column rows are sorted, and how. */
export function titleLine({ placed, table }: State): Line {
  const titles = placed.map(({ column, width }) => {
    const isSorted = column.key === table.sort;
    const arrow = isSorted ? (table.descending ? "▼" : "▲") : "";
    return span(fit(column.title + arrow, width, column.align), isSorted ? "value" : "faint");
  });
  return [span(" "), ...titles.flatMap((title, i) => i === 0 ? title : [span(GAP), title])];
}

/** As many lines as there is room for, empty ones at the end. */
export function rowLines(state: State): Line[] {
  const { table, rows, selectedRow } = state;
  const height = tableHeight(state.size);
  if (rows.length === 0) return [[span(`  ${emptyText(state)}`, "faint")]];
  return rows.slice(table.top, table.top + height)
    .map((row, i) => rowLine(row, state, table.top + i === selectedRow));
}

function rowLine(row: Row, state: State, isSelected: boolean): Line {
  const { placed, size } = state;
  const now = timeOf(state);
  const cells = placed.map((each) =>
    fit(each.column.text(row, now), each.width, each.column.align)
  );
  if (isSelected) {
    // One look for the whole line, to its end.
    return [span(fit(CURSOR + cells.join(GAP), size.columns), "selected")];
  }
  return joined([
    span(" "),
    ...cells.flatMap((cell, i) => {
      const role = roleOf(placed[i]!, row);
      return i === 0 ? span(cell, role) : [span(GAP), span(cell, role)];
    }),
  ]);
}

function roleOf({ column }: PlacedColumn, row: Row): Role | undefined {
  if (column.key === "mark") return "mark";
  if (column.key === "number") return "faint";
  if (column.key === "error_share" && row.counted.errors > 0) return "bad";
  return undefined;
}

function emptyText({ snapshot, table, setting, capture }: State): string {
  if (table.filter !== null) return "No host matches the filter. Esc takes it away.";
  if (snapshot === null || capture.phase === "running") {
    return setting.live ? "Waiting for the first request, handshake or query..." : "Reading...";
  }
  return "No web host was seen.";
}

// What the mouse does: a click selects a row, another opens it, a click on a title sorts.

import { columnAt, rowAt, TITLE_LINE } from "./screen_layout.ts";
import type { Action, ScreenState } from "./state.ts";

export interface MouseAction {
  readonly type: "click" | "wheel-up" | "wheel-down";
  /** Terminal cells, from 0 at the top left. */
  readonly column: number;
  readonly line: number;
}

/** Rows that one step of the wheel moves, as in most programs. */
const WHEEL_STEP = 3;

/** What it does now; null if nothing. Prompts are for the keyboard only. */
export function mouseAction(state: ScreenState, mouse: MouseAction): Action | null {
  if (state.prompt !== null) return null;
  switch (mouse.type) {
    case "wheel-up":
      return { type: "move", by: -WHEEL_STEP };
    case "wheel-down":
      return { type: "move", by: WHEEL_STEP };
    case "click":
      return state.page === null ? clickInTable(state, mouse) : null;
  }
}

function clickInTable(state: ScreenState, { column, line }: MouseAction): Action | null {
  const { placed, table, rows } = state;
  if (line === TITLE_LINE) {
    const key = columnAt(placed, column)?.column.key;
    return key === undefined ? null : { type: "sort-by", column: key };
  }
  const index = rowAt(state.size, table.top, line);
  const row = index === null ? undefined : rows[index];
  if (index === null || row === undefined) return null;
  // The first row may be selected without having been clicked.
  return table.selected === row.name ? { type: "open" } : { type: "select", row: index };
}

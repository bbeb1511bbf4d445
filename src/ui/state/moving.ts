// Navigation: the selected row, the open domain, the page, the sorting.

import { arrange, revealSelected, selectedRowOf, showsGroups } from "./arrange.ts";
import { pageHeight, tableHeight } from "./screen_layout.ts";
import { isAvailable, type ViewName, VIEWS } from "./grouping.ts";
import { notify } from "./notices.ts";
import { NO_NUMBERS } from "./numbering.ts";
import type { Effect, ScreenState, TableState } from "./state.ts";

export function move(state: ScreenState, by: number): ScreenState {
  if (state.page !== null) return scroll(state, by);
  return select(state, state.selectedRow + by);
}

export function turnPage(state: ScreenState, by: number): ScreenState {
  const height = state.page === null ? tableHeight(state.size) : pageHeight(state.size);
  return move(state, by * Math.max(1, height - 1));
}

export function goFirst(state: ScreenState): ScreenState {
  if (state.page !== null) return scroll(state, -Infinity);
  // null: the selection stays on the first row while rows move.
  return revealSelected({ ...state, table: { ...state.table, selected: null, top: 0 } });
}

export function goLast(state: ScreenState): ScreenState {
  return state.page !== null ? scroll(state, Infinity) : select(state, state.rows.length - 1);
}

export function select(state: ScreenState, index: number): ScreenState {
  const row = state.rows[Math.min(Math.max(0, index), state.rows.length - 1)];
  if (row === undefined) return state;
  return revealSelected({ ...state, table: { ...state.table, selected: row.name } });
}

function scroll(state: ScreenState, by: number): ScreenState {
  const { page } = state;
  if (page === null) return state;
  const lowest = Math.max(0, state.pageLength - pageHeight(state.size));
  return { ...state, page: { ...page, top: Math.min(Math.max(0, page.top + by), lowest) } };
}

/** Opens the selected row: the page of a host, or the hosts of a group. */
export function open(state: ScreenState): { state: ScreenState; effect: Effect | null } {
  const row = selectedRowOf(state);
  if (row === null || state.page !== null) return { state, effect: null };
  if (showsGroups(state)) {
    return { state: inTable(state, { group: row.name, selected: null, top: 0 }), effect: null };
  }
  const chosen = { ...state, table: { ...state.table, selected: row.name } };
  return {
    state: { ...chosen, page: { kind: "host", top: 0 }, host: row.name, inspection: null },
    effect: { type: "inspect", host: row.name },
  };
}

/** Leaves the page or the open group. */
export function goBack(state: ScreenState): ScreenState {
  if (state.page !== null) return { ...state, page: null, host: null, inspection: null };
  const { group } = state.table;
  return group === null ? state : inTable(state, { group: null, selected: group });
}

/** Esc: leaves the page, else clears the filter, else leaves the group. */
export function escape(state: ScreenState): ScreenState {
  if (state.page !== null || state.table.filter === null) return goBack(state);
  return inTable(state, { filter: null });
}

export function toggleHelp(state: ScreenState): ScreenState {
  if (state.page?.kind === "help") {
    const page = state.host === null ? null : { kind: "host", top: 0 } as const;
    return { ...state, page };
  }
  return { ...state, page: { kind: "help", top: 0 } };
}

/** Sorts by the next of the visible columns. */
export function sortByNext(state: ScreenState, by: 1 | -1): ScreenState {
  const keys = state.placed.map(({ column }) => column.key);
  const at = keys.indexOf(state.table.sort);
  return sortBy(state, keys[(at + by + keys.length) % keys.length] ?? state.table.sort);
}

/** In the order in which the column begins; reversed if rows are sorted by it already. */
export function sortBy(state: ScreenState, sort: string): ScreenState {
  const { table } = state;
  if (sort === table.sort) return inTable(state, { descending: !table.descending });
  const column = state.columns.find(({ key }) => key === sort);
  return inTable(state, { sort, descending: column?.beginsDescending ?? true });
}

/** Hides the column that rows are sorted by, and sorts by the next one. Those of the names stay. */
export function hideColumn(state: ScreenState): ScreenState {
  const column = state.columns.find(({ key }) => key === state.table.sort);
  if (column === undefined || column.key === "host" || column.key === "mark") {
    return notify(state, "This column cannot be hidden", true);
  }
  const hiddenColumns = new Set([...state.table.hiddenColumns, column.key]);
  const next = sortByNext(state, 1);
  return notify(
    inTable(next, { hiddenColumns }),
    `Column ${column.title} hidden; C shows all columns`,
    false,
  );
}

/** Switches between domains and hosts. `domainOf` must be loaded before. */
export function toggleDomains(state: ScreenState): ScreenState {
  return showView(state, state.table.view === "domain" ? "host" : "domain");
}

/** Shows the next of the views in which there is anything to show. */
export function showNextView(state: ScreenState): ScreenState {
  return showView(state, nextView(state));
}

/** The view that follows; what was not asked for (--clients, --process) is left out. */
export function nextView({ table, snapshot }: ScreenState): ViewName {
  const views = VIEWS.filter((view) => isAvailable(view, snapshot));
  return views[(views.indexOf(table.view) + 1) % views.length]!;
}

function showView(state: ScreenState, view: ViewName): ScreenState {
  const fresh = { ...state, groupNumbers: NO_NUMBERS };
  return inTable(fresh, { view, group: null, selected: null, top: 0 });
}

export function inTable(state: ScreenState, change: Partial<TableState>): ScreenState {
  return arrange({ ...state, table: { ...state.table, ...change } });
}

// Derives from the state: the sorted rows, the columns that fit, and the part of the table on the
// screen.

import { sum } from "../../sums.ts";
import { exportsNothing, isExported } from "../../hosts/exports.ts";
import type { HostSnapshot, Snapshot } from "../../hosts/snapshot.ts";
import { placeColumns, tableHeight } from "./screen_layout.ts";
import { number, type Numbering } from "./numbering.ts";
import { groupsOf, isAvailable } from "./grouping.ts";
import { groupRows, hostRows, isDnsOnly, sortRows, type TableRow } from "./rows.ts";
import type { ScreenState, TableState } from "./state.ts";

/** Call after the snapshot, the filter, the order, the exports or the domains have changed. */
export function arrange(state: ScreenState): ScreenState {
  const hosts = state.snapshot?.hosts ?? [];
  const numbered = {
    ...state,
    hostNumbers: numberHosts(state.hostNumbers, hosts),
    exported: exportsNothing(state.exports)
      ? 0
      : hosts.filter(({ name }) => isExported(state.exports, name)).length,
  };
  const column = state.columns.find(({ key }) => key === state.table.sort) ?? state.columns[0]!;
  const { shown, hidden } = shownHosts(numbered, hosts);
  const groups = groupsOf(state.table.view, shown, state.snapshot, state.domainOf);
  const grouped = numberGroups(numbered, groups);
  const rows = sortRows(
    makeRows(grouped, shown, groups),
    (row) => column.value(row),
    state.table.descending,
  );
  return layOutColumns(revealSelected({ ...grouped, rows, hidden }));
}

/** Call after the size or the rows have changed. */
export function layOutColumns(state: ScreenState): ScreenState {
  const { columns, rows, size, table } = state;
  const areParts = rows[0]?.isPart ?? false;
  const shown = columns.filter(({ key, ofParts }) =>
    !table.hiddenColumns.has(key) && (ofParts || !areParts)
  );
  const placed = placeColumns(shown, rows, presentOf(state), size.columns);
  return revealSelected({ ...state, placed });
}

/** Call after the selection has moved: finds its row and scrolls until it is visible. */
export function revealSelected(state: ScreenState): ScreenState {
  const { rows, table } = state;
  const selectedRow = rowOf(state, table);
  const height = tableHeight(state.size);
  const lowest = Math.max(0, rows.length - height);
  const top = Math.min(
    Math.max(table.top, selectedRow - height + 1),
    Math.max(0, selectedRow),
    lowest,
  );
  const selected = table.selected === null ? null : rows[selectedRow]?.name ?? table.selected;
  return { ...state, selectedRow, table: { ...table, top, selected } };
}

/** Index of the selected row; if it is gone, the index of the row that took its place. */
function rowOf({ rows, selectedRow }: ScreenState, { selected }: TableState): number {
  if (rows.length === 0) return -1;
  if (selected === null) return 0;
  const found = rows.findIndex(({ name }) => name === selected);
  return found >= 0 ? found : Math.min(Math.max(0, selectedRow), rows.length - 1);
}

/** Hosts that are new in the same snapshot are numbered by their hits. */
function numberHosts(numbering: Numbering, hosts: readonly HostSnapshot[]): Numbering {
  const same = number(numbering, hosts.map(({ name }) => name));
  if (same === numbering) return same;
  const byHits = hosts.map(({ name, hits }) => ({ name, hits: sum(hits) }))
    .sort((a, b) => b.hits - a.hits)
    .map(({ name }) => name);
  return number(numbering, byHits);
}

/** Groups are only numbered while they are shown. */
function numberGroups(
  state: ScreenState,
  groups: ReadonlyMap<string, readonly HostSnapshot[]> | null,
): ScreenState {
  if (groups === null) return state;
  return { ...state, groupNumbers: number(state.groupNumbers, [...groups.keys()]) };
}

/** `hidden` counts the hosts that are only left out because nothing but DNS was seen of them. */
function shownHosts(
  { table, snapshot, setting }: ScreenState,
  hosts: readonly HostSnapshot[],
): { shown: readonly HostSnapshot[]; hidden: number } {
  const { filter } = table;
  const facts = { snapshot, context: setting.view.context };
  const matching = filter === null ? hosts : hosts.filter((host) => filter.matches(host, facts));
  if (!table.hidesDnsOnly) return { shown: matching, hidden: 0 };
  const shown = matching.filter((host) => !isDnsOnly(host));
  return { shown, hidden: matching.length - shown.length };
}

function makeRows(
  state: ScreenState,
  shown: readonly HostSnapshot[],
  groups: ReadonlyMap<string, readonly HostSnapshot[]> | null,
): TableRow[] {
  const { exports, table, hostNumbers } = state;
  const arePart = groups !== null && table.view !== "domain";
  // Rates are known of whole hosts only.
  const inputs = { rates: arePart ? null : state.rates, exports, arePart };
  if (groups !== null && table.group === null) {
    return groupRows(groups, { ...inputs, numbering: state.groupNumbers });
  }
  const hosts = groups === null ? shown : groups.get(table.group!) ?? [];
  return hostRows(hosts, { ...inputs, numbering: hostNumbers });
}

/**
 * The time that ages refer to, in microseconds; null for files, of which times are shown instead.
 */
export function presentOf({ setting, now }: ScreenState): number | null {
  return setting.live ? now * 1000 : null;
}

/** Whether the rows are groups instead of hosts. */
export function showsGroups({ table, snapshot, domainOf }: ScreenState): boolean {
  if (table.view === "host" || table.group !== null) return false;
  return table.view === "domain" ? domainOf !== null : isAvailable(table.view, snapshot);
}

export function selectedRowOf(state: ScreenState): TableRow | null {
  return state.rows[state.selectedRow] ?? null;
}

export function hostOf(snapshot: Snapshot | null, name: string): HostSnapshot | null {
  return snapshot?.hosts.find((host) => host.name === name) ?? null;
}

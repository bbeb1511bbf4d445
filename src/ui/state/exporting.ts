// Exporting hosts, with a question if that would add many series to /metrics.

import {
  exportDomain,
  exportHosts,
  exportPattern,
  type Exports,
  isExported,
  NO_EXPORTS,
  unexportDomain,
  unexportHosts,
} from "../../hosts/exports.ts";
import { matcher } from "../../hosts/matcher.ts";
import { countSeries } from "../../outputs/series.ts";
import { plural } from "../../text.ts";
import { arrange, selectedRowOf, showsGroups } from "./arrange.ts";
import { notify } from "./notices.ts";
import { parseNumbers } from "./numbering.ts";
import type { TableRow } from "./rows.ts";
import type { ScreenState } from "./state.ts";

/** More series than this are not added without a question. */
const SERIES_TO_ASK = 200;
/** How many changes of the exports can be undone. */
const MAX_UNDO = 50;

/** Exports the selected row; if all of it is exported, stops exporting it. */
export function toggleExport(state: ScreenState): ScreenState {
  const row = selectedRowOf(state);
  if (row === null) return state;
  // Chosen by the user: it stays selected while rows move.
  const chosen = { ...state, table: { ...state.table, selected: row.name } };
  if (row.exported === "all") return changeExports(chosen, unexportRow(state, row));
  return propose(chosen, exportRow(state, row));
}

function exportRow(state: ScreenState, row: TableRow): Exports {
  const { exports, domainOf } = state;
  if (!showsDomains(state) || domainOf === null) return exportHosts(exports, row.hosts);
  return exportDomain(exports, row.name, domainOf);
}

function unexportRow(state: ScreenState, row: TableRow): Exports {
  const { exports } = state;
  if (!showsDomains(state)) return unexportHosts(exports, row.hosts);
  return unexportDomain(exports, row.name, row.hosts);
}

/** Every host that is shown, by its name. */
export function exportShown(state: ScreenState): ScreenState {
  return propose(state, exportHosts(state.exports, state.rows.flatMap(({ hosts }) => hosts)));
}

/** Every host that contains the text, also those seen later. Throws UserError. */
export function exportMatching(state: ScreenState, text: string): ScreenState {
  return propose(state, exportPattern(state.exports, matcher(text)));
}

/** The rows with these numbers. */
export function exportNumbers(state: ScreenState, text: string): ScreenState {
  const numbers = parseNumbers(text);
  if (numbers === null) return notify(state, "Type numbers, such as 3 or 3,5-7", true);
  const wanted = new Set(numbers);
  const numbering = showsGroups(state) ? state.groupNumbers : state.hostNumbers;
  const names = [...numbering.numbers].filter(([, number]) => wanted.has(number))
    .map(([name]) => name);
  if (names.length === 0) return notify(state, `No row has the number ${text.trim()}`, true);
  return propose(state, exportNamed(state, names));
}

/** Rows, or hosts, of these names. */
function exportNamed(state: ScreenState, names: readonly string[]): Exports {
  const { domainOf, exports, rows } = state;
  if (!showsGroups(state)) return exportHosts(exports, names);
  if (showsDomains(state) && domainOf !== null) {
    return names.reduce((all, name) => exportDomain(all, name, domainOf), exports);
  }
  const wanted = new Set(names);
  return exportHosts(exports, rows.filter(({ name }) => wanted.has(name)).flatMap(hostsOf));
}

const hostsOf = ({ hosts }: TableRow): readonly string[] => hosts;

const showsDomains = (state: ScreenState): boolean =>
  showsGroups(state) && state.table.view === "domain";

/**
 * Stops exporting the hosts that are shown. Without a filter their patterns and domains end too:
 * hosts that are seen later are not exported either.
 */
export function unexportShown(state: ScreenState): ScreenState {
  const { table, rows, exports, snapshot } = state;
  const hosts = rows.flatMap((row) => row.hosts);
  if (table.filter !== null) return changeExports(state, unexportHosts(exports, hosts));
  if (table.view === "domain" && table.group !== null) {
    return changeExports(state, unexportDomain(exports, table.group, hosts));
  }
  if (table.view !== "host" && table.view !== "domain") {
    return changeExports(state, unexportHosts(exports, hosts));
  }
  const shown = new Set(hosts);
  const hidden = (snapshot?.hosts ?? []).map(({ name }) => name)
    .filter((name) => !shown.has(name) && isExported(exports, name));
  return changeExports(state, exportHosts(NO_EXPORTS, hidden));
}

/** Takes back the latest change of the exports. */
export function undoExports(state: ScreenState): ScreenState {
  const exports = state.exportsBefore.at(-1);
  if (exports === undefined) return notify(state, "No change of the exports to undo", false);
  const next = arrange({ ...state, exports, exportsBefore: state.exportsBefore.slice(0, -1) });
  return notify(next, `Undone: ${plural(next.exported, "host")} exported`, false);
}

/** Sets the exports, after a question if they would add many series. */
function propose(state: ScreenState, exports: Exports): ScreenState {
  const { snapshot, setting } = state;
  if (snapshot === null || setting.metrics === null) return changeExports(state, exports);
  const added = snapshot.hosts
    .filter(({ name }) => isExported(exports, name) && !isExported(state.exports, name));
  const series = countSeries(snapshot, added, setting.view);
  if (series <= SERIES_TO_ASK) return changeExports(state, exports);
  return {
    ...state,
    prompt: {
      kind: "question",
      text: `Export ${plural(added.length, "more host")}, ${series} series?`,
      then: { type: "set-exports", exports },
    },
  };
}

/** Sets the exports; undoExports takes it back. */
export function changeExports(state: ScreenState, exports: Exports): ScreenState {
  const exportsBefore = [...state.exportsBefore, state.exports].slice(-MAX_UNDO);
  const next = arrange({ ...state, exports, exportsBefore });
  const difference = next.exported - state.exported;
  // The table shows a change of one host clearly enough.
  if (Math.abs(difference) === 1) return next;
  const text = difference === 0
    ? "No more hosts are exported than before"
    : `${plural(Math.abs(difference), "host")} ${
      difference > 0 ? "exported" : "no longer exported; u undoes it"
    }`;
  return notify(next, text, false);
}

// Everything that the screen shows, as one immutable value; update.ts returns the next one.

import type { View } from "../../hosts/columns.ts";
import type { Inspection } from "../../hosts/history.ts";
import { type DomainOf, type Exports, NO_EXPORTS } from "../../hosts/exports.ts";
import type { Snapshot } from "../../hosts/snapshot.ts";
import { type TerminalColumn, terminalColumns } from "./terminal_columns.ts";
import type { HostFilter } from "./host_filter.ts";
import type { ViewName } from "./grouping.ts";
import type { PlacedColumn, Size } from "./screen_layout.ts";
import { NO_NUMBERS, type Numbering } from "./numbering.ts";
import type { Rates } from "./rates.ts";
import type { TableRow } from "./rows.ts";

/** Does not change while the program runs. */
export interface Setting {
  readonly view: View;
  /** Names of interfaces or files. */
  readonly sources: readonly string[];
  readonly live: boolean;
  /** URL of /metrics; null if it is not served. */
  readonly metrics: string | null;
  /** Whether exports and view come back at the next start. */
  readonly keepsView: boolean;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/** Progress of the capture. */
export type CaptureProgress =
  | { readonly phase: "running"; readonly done: number | null; readonly packets: number }
  /** `failure` is one line; null after a normal end. */
  | { readonly phase: "ended"; readonly failure: string | null };

/** Sorting, filter, grouping and selection of the table. */
export interface TableState {
  /** Key of the column that rows are sorted by. */
  readonly sort: string;
  readonly descending: boolean;
  readonly filter: HostFilter | null;
  /** Whether hosts are left out of which only DNS queries were seen. */
  readonly hidesDnsOnly: boolean;
  /** What rows are; those of an open group are hosts. */
  readonly view: ViewName;
  /** The open domain, client, program or container. */
  readonly group: string | null;
  /** Keys of the columns that the user has hidden. */
  readonly hiddenColumns: ReadonlySet<string>;
  /** Name of the selected row; null for the first row, even if another becomes the first. */
  readonly selected: string | null;
  /** Index of the first row on the screen. */
  readonly top: number;
}

/** A page of lines that can be longer than the screen. */
export interface Page {
  readonly kind: "host" | "help";
  /** Index of the first line on the screen. */
  readonly top: number;
}

export type Prompt =
  | {
    readonly kind: "filter" | "export" | "number";
    readonly text: string;
    /** What Enter would do: "12 hosts"; or what is wrong with the text. */
    readonly note: string;
  }
  /** `then` is applied if the answer is yes. */
  | { readonly kind: "question"; readonly text: string; readonly then: Action };

export interface Notice {
  readonly text: string;
  readonly bad: boolean;
  /** When it disappears, milliseconds since 1970. */
  readonly until: number;
}

export interface ScreenState {
  readonly setting: Setting;
  readonly size: Size;
  readonly capture: CaptureProgress;
  /** Time of the latest event, milliseconds since 1970. */
  readonly now: number;
  readonly snapshot: Snapshot | null;
  readonly rates: Rates | null;
  readonly paused: boolean;
  readonly exports: Exports;
  /** The exports before each of the latest changes, for undo; the newest last. */
  readonly exportsBefore: readonly Exports[];
  /** Null until the user first groups by domain: the list is large, and loaded then. */
  readonly domainOf: DomainOf | null;
  readonly table: TableState;
  /** Null while the table is shown. */
  readonly page: Page | null;
  /** The host of the open page, and its details. */
  readonly host: string | null;
  readonly inspection: Inspection | null;
  readonly prompt: Prompt | null;
  readonly notice: Notice | null;
  readonly hostNumbers: Numbering;
  /** Of the groups of the view that is shown. */
  readonly groupNumbers: Numbering;

  // Derived from the above by arrange.ts.
  readonly columns: readonly TerminalColumn[];
  readonly placed: readonly PlacedColumn[];
  readonly rows: readonly TableRow[];
  /** How many hosts `table.hidesDnsOnly` leaves out. */
  readonly hidden: number;
  /** Index of the selected row; -1 if there are no rows. */
  readonly selectedRow: number;
  /** How many hosts of the snapshot are exported. */
  readonly exported: number;
  /** Lines of the open page, as the view lays them out; 0 without a page. Set by controller.ts. */
  readonly pageLength: number;
}

/** Actions or effects without further fields. */
type Plain<Type extends string> = Type extends string ? { readonly type: Type } : never;

/** Everything that changes the state: keys, and events of the capture. */
export type Action =
  | { readonly type: "move"; readonly by: number }
  | { readonly type: "page"; readonly by: number }
  | Plain<
    "first" | "last" | "open" | "back" | "escape" | "help" | "leave" | "quit" | "suspend" | "copy"
  >
  | { readonly type: "select"; readonly row: number }
  | { readonly type: "sort"; readonly by: 1 | -1 }
  | { readonly type: "sort-by"; readonly column: string }
  | Plain<
    | "reverse"
    | "hide-column"
    | "show-columns"
    | "toggle-dns-only"
    | "group"
    | "next-view"
    | "complete"
    | "pause"
    | "write"
    | "reset"
    | "accept"
  >
  | Plain<"toggle-export" | "export-shown" | "unexport-shown" | "undo-exports">
  | { readonly type: "set-exports"; readonly exports: Exports }
  | { readonly type: "ask"; readonly for: "filter" | "export" | "number" | "reset" }
  | { readonly type: "type"; readonly text: string }
  | { readonly type: "paste"; readonly text: string }
  | { readonly type: "erase"; readonly what: "character" | "word" | "all" }
  | { readonly type: "resized"; readonly size: Size }
  | { readonly type: "snapshot"; readonly snapshot: Snapshot; readonly now: number }
  | { readonly type: "progress"; readonly done: number | null; readonly packets: number }
  | { readonly type: "ended"; readonly failure: string | null }
  | { readonly type: "inspected"; readonly inspection: Inspection | null }
  | { readonly type: "domains"; readonly domainOf: DomainOf }
  | { readonly type: "notice"; readonly text: string; readonly bad: boolean; readonly now: number };

/** A side effect that a change of the state asks for. */
export type Effect =
  | Plain<"load-domains" | "refresh" | "reset" | "write" | "quit" | "suspend">
  | { readonly type: "inspect"; readonly host: string }
  | { readonly type: "copy"; readonly text: string };

export function initialState(
  setting: Setting,
  size: Size,
  exports: Exports = NO_EXPORTS,
): ScreenState {
  return {
    setting,
    size,
    capture: { phase: "running", done: null, packets: 0 },
    now: setting.startedAt,
    snapshot: null,
    rates: null,
    paused: false,
    exports,
    exportsBefore: [],
    domainOf: null,
    table: {
      sort: "requests_handshakes",
      descending: true,
      filter: null,
      hidesDnsOnly: false,
      view: "host",
      group: null,
      hiddenColumns: new Set(),
      selected: null,
      top: 0,
    },
    page: null,
    host: null,
    inspection: null,
    prompt: null,
    notice: null,
    hostNumbers: NO_NUMBERS,
    groupNumbers: NO_NUMBERS,
    columns: terminalColumns(setting.view),
    placed: [],
    rows: [],
    hidden: 0,
    selectedRow: -1,
    exported: 0,
    pageLength: 0,
  };
}

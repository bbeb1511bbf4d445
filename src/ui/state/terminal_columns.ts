// The columns of the terminal: those of src/hosts/columns.ts, and three that concern the table
// instead of the host: the export symbol, the number and the rate.

import {
  addressValues,
  alignment,
  type Column,
  formatValue,
  type Kind,
  type View,
} from "../../hosts/columns.ts";
import { isNamedByDns } from "../../hosts/named_by_dns.ts";
import type { HostSnapshot } from "../../hosts/snapshot.ts";
import { formatAge, formatCount, formatTimeOfDay } from "../../hosts/units.ts";
import { unicodeName } from "../../idn.ts";
import { printable } from "../../text.ts";
import type { TableRow } from "./rows.ts";
import type { Align } from "../../text_width.ts";

export interface TerminalColumn {
  readonly key: string;
  readonly title: string;
  readonly align: Align;
  /** As in src/hosts/columns.ts: the highest is left out first, 0 never. */
  readonly priority: number;
  /** Terminal cells; null for as many as the rows need. */
  readonly width: number | null;
  /** The first order when sorting by it: numbers start with the largest, texts with "a". */
  readonly beginsDescending: boolean;
  /** Whether it is known of a host's part that is one client's or program's. */
  readonly ofParts: boolean;
  /** Safe to print. `present`: the time that ages refer to, in microseconds; null for a file. */
  text(row: TableRow, present: number | null): string;
  /** The sort key. */
  value(row: TableRow): string | number | null;
}

const SYMBOLS: Readonly<Record<TableRow["exported"], string>> = { all: "●", some: "◐", none: " " };

const EXPORTED: TerminalColumn = {
  key: "exported",
  title: "",
  align: "left",
  priority: 0,
  width: 1,
  beginsDescending: true,
  ofParts: true,
  text: (row) => SYMBOLS[row.exported],
  value: (row) => ["none", "some", "all"].indexOf(row.exported),
};

const NUMBER: TerminalColumn = {
  key: "number",
  title: "#",
  align: "right",
  priority: 2,
  width: null,
  beginsDescending: false,
  ofParts: true,
  text: (row) => String(row.number),
  value: (row) => row.number,
};

const RATE: TerminalColumn = {
  key: "rate",
  title: "rate",
  align: "right",
  priority: 1,
  width: 7,
  beginsDescending: true,
  ofParts: false,
  text: (row, present) => present === null ? formatLowRate(row.rate) : formatRate(row.rate),
  value: (row) => row.rate,
};

/** The columns from left to right. */
export function terminalColumns(view: View): TerminalColumn[] {
  const columns = view.columns.map((column) => terminalColumn(column, view));
  const afterHits = columns.findIndex(({ key }) => key === "hits") + 1;
  columns.splice(afterHits, 0, RATE);
  return [EXPORTED, NUMBER, ...columns];
}

/** The columns of hosts that are known of parts too. */
const KNOWN_OF_PARTS = new Set(
  ["host", "requests_handshakes", "hits", "received_bytes", "sent_bytes", "source", "last_seen"],
);

function terminalColumn(column: Column, view: View): TerminalColumn {
  const { key, title, priority } = column;
  if (column.of === "address") {
    const values = (row: TableRow) => addressValues(column, row.counted, view.context);
    return {
      ...{
        key,
        title,
        priority,
        align: "left",
        width: null,
        beginsDescending: false,
        ofParts: true,
      },
      text: (row) => firstOf(values(row)),
      value: (row) => values(row)[0] ?? null,
    };
  }
  const { kind } = column;
  const value = (row: TableRow) =>
    row.isPart && !KNOWN_OF_PARTS.has(key) ? null : column.value(row.counted, view.context);
  return {
    ...{ key, title, priority, align: alignment(kind), width: widthOfKind(kind) },
    beginsDescending: kind !== "text",
    ofParts: KNOWN_OF_PARTS.has(key),
    text: (row, present) => key === "host" ? hostText(row) : cell(kind, value(row), present),
    value: (row) => {
      if (value(row) === null || value(row) === "") return null;
      return column.order?.(row.counted) ?? value(row);
    },
  };
}

/**
 * With "~" if only DNS has named its connections, with what an "xn--" name says, with the number of hosts if it is a domain with several, and with a mark if
 * requests inside TLS were read.
 */
function hostText({ name, hosts, counted }: TableRow): string {
  const mark = counted.decrypted > 0 ? ` ${READ_MARK}` : "";
  const guess = hosts.length === 1 ? guessMark(counted) : "";
  return guess + nameText(name) + (hosts.length > 1 ? ` (${hosts.length})` : "") + mark;
}

const READ_MARK = "✓";

/** Before a name that no connection has said itself. */
export const guessMark = (host: HostSnapshot): string => isNamedByDns(host) ? "~" : "";

/** "xn--mnchen-3ya.de = münchen.de"; other names as they are, safe to print. */
export function nameText(name: string): string {
  const unicode = unicodeName(name);
  return printable(unicode === null ? name : `${name} = ${unicode}`);
}

function firstOf(values: readonly string[]): string {
  const [first] = values;
  if (first === undefined) return "-";
  return printable(first) + (values.length > 1 ? ` +${values.length - 1}` : "");
}

function cell(kind: Kind, value: string | number | null, present: number | null): string {
  if (kind === "count" && typeof value === "number") return formatCount(value);
  if (kind === "time" && typeof value === "number") {
    return present === null ? formatTimeOfDay(value) : formatAge(present / 1e6 - value);
  }
  return printable(formatValue(kind, value));
}

function widthOfKind(kind: Kind): number | null {
  switch (kind) {
    case "text":
      return null;
    case "share":
      return 5;
    default:
      return 6;
  }
}

function formatRate(rate: number | null): string {
  if (rate === null || rate < 0.05) return "-";
  return `${rate < 9.95 ? Math.round(rate * 10) / 10 : formatCount(rate)}/s`;
}

/** As formatRate, also hits a minute or an hour: rates of a file are exact, and can be low. */
function formatLowRate(rate: number | null): string {
  if (rate === null || rate >= 0.05) return formatRate(rate);
  if (rate * 60 >= 0.05) return `${Math.round(rate * 600) / 10}/min`;
  return rate * 3600 >= 0.05 ? `${Math.round(rate * 36_000) / 10}/h` : "-";
}

// The final report as a table for people. The hosts of most hits come first.

import { COUNTER_LIST, type KeyedCounter, rowsOf } from "../hosts/capture_counters.ts";
import {
  addressValues,
  alignment,
  type Column,
  formatValue,
  type Kind,
  type View,
} from "../hosts/columns.ts";
import { OTHER_HOST } from "../hosts/label_values.ts";
import type { HostSnapshot, Snapshot } from "../hosts/snapshot.ts";
import { formatBytes } from "../hosts/units.ts";
import type { DecryptionOutcome } from "../protocols/analyser.ts";
import { sum } from "../sums.ts";
import { byHits } from "./host_order.ts";
import { widthOf } from "../text_width.ts";
import { drawTable, GUTTER } from "./table.ts";
import { plural, printable } from "../text.ts";

export interface ReportOptions {
  /** Columns of the terminal; null if there is none: then only long names are cut. */
  readonly width: number | null;
  /** How many hosts to list; null for all. */
  readonly top: number | null;
  /** Whether escape sequences may be used. */
  readonly color: boolean;
}

/** The report, with a newline at its end. Nothing from the wire in it can control a terminal. */
export function reportTable(snapshot: Snapshot, view: View, options: ReportOptions): string {
  if (snapshot.hosts.length === 0) {
    return `No web host was seen.\n\n${summary(snapshot).join("\n")}\n`;
  }
  const hosts = byHits(snapshot.hosts);
  const listed = hosts.slice(0, options.top ?? hosts.length);
  const columns = view.columns.map((column) => {
    const cells = listed.map((host) => printable(cell(column, host, view)));
    cells.push(totalCell(column, hosts));
    return { column, cells, width: columnWidth(column, cells) };
  });
  const fitting = fit(columns, options.width);
  const notes = summary(snapshot);
  const isCut = fitting.some((each) => each.cells.some((text) => widthOf(text) > each.width));
  if (isCut && options.width === null) notes.unshift("Long names are cut: --json has them whole.");
  const hidden = hosts.length - listed.length;
  if (hidden > 0) {
    notes.unshift(`${hidden} more hosts are not listed: --json has them all.`);
  }
  return `${draw(fitting, options.color)}\n\n${notes.join("\n")}\n`;
}

interface Cells {
  readonly column: Column;
  /** One for each host listed, and the total. */
  readonly cells: readonly string[];
  /** Places on the terminal, the gutter apart; longer cells are cut. */
  readonly width: number;
}

const kindOf = (column: Column): Kind => column.of === "host" ? column.kind : "text";

function cell(column: Column, host: HostSnapshot, view: View): string {
  if (column.of === "host") return formatValue(column.kind, column.value(host, view.context));
  const values = addressValues(column, host, view.context);
  const [first] = values;
  if (first === undefined) return "-";
  return values.length === 1 ? first : `${first} +${values.length - 1}`;
}

/** Of counts and bytes the sum, of other columns nothing. */
function totalCell(column: Column, hosts: readonly HostSnapshot[]): string {
  if (column.key === "host") return plural(hosts.filter(isNamed).length, "host") + " in all";
  const kind = kindOf(column);
  if (column.of !== "host" || (kind !== "count" && kind !== "bytes")) return "";
  const context = { ip: false, place: null };
  return formatValue(kind, sum(hosts.map((host) => Number(column.value(host, context) ?? 0))));
}

const isNamed = (host: HostSnapshot): boolean => host.name !== OTHER_HOST;

/** Names of hosts are not cut below this or below their share of the width: columns go first. */
const MIN_HOST = 12;
const HOST_SHARE = 0.35;

/** Without a terminal: one long name, of 253 characters at most, would move the columns of all rows. */
const PIPE_HOST = 48;
/** Only for wide terminals: it mostly says again what the name says. */
const WIDE_ONLY = "domain";

/**
 * The columns that fit, with their widths: the least important are left out, and long names cut.
 */
function fit(columns: readonly Cells[], width: number | null): readonly Cells[] {
  if (width === null) {
    return columns.filter(({ column }) => column.key !== WIDE_ONLY)
      .map((each) => isHost(each) ? narrow(each, PIPE_HOST) : each);
  }
  const share = Math.max(MIN_HOST, Math.floor(width * HOST_SHARE));
  let kept = columns.map((each) => isHost(each) ? narrow(each, share) : each);
  while (tableWidth(kept) > width) {
    const priority = Math.max(...kept.map(({ column }) => column.priority));
    if (priority === 0) break;
    kept = kept.filter(({ column }) => column.priority !== priority);
  }
  const spare = Math.max(0, width - tableWidth(kept));
  return kept.map((each) =>
    isHost(each) ? narrow(columns.find(isHost)!, each.width + spare) : each
  );
}

const isHost = ({ column }: Cells): boolean => column.key === "host";

const narrow = (cells: Cells, width: number): Cells => ({
  ...cells,
  width: Math.min(cells.width, width),
});

function tableWidth(columns: readonly Cells[]): number {
  return sum(columns.map((each) => each.width)) + GUTTER * (columns.length - 1);
}

function columnWidth(column: Column, cells: readonly string[]): number {
  return cells.reduce(
    (widest, text) => Math.max(widest, widthOf(text)),
    widthOf(column.title),
  );
}

function draw(columns: readonly Cells[], color: boolean): string {
  const rows = columns[0]?.cells.map((_, row) => columns.map(({ cells }) => cells[row]!)) ?? [];
  const shape = columns.map(({ column, width }) => ({
    title: column.title,
    align: alignment(kindOf(column)),
    width,
  }));
  return drawTable(shape, rows, color);
}

/** Lines about the capture itself. */
function summary(snapshot: Snapshot): string[] {
  const packets = sum(snapshot.interfaces.map((it) => it.packets));
  const bytes = sum(snapshot.interfaces.map((it) => it.bytes));
  const lines = [`${plural(packets, "packet")}, ${formatBytes(bytes)} from ${sources(snapshot)}`];
  const queries = sum(snapshot.dnsQueries.map((row) => row.count));
  if (queries > 0) {
    lines.push(`${plural(queries, "DNS query", "DNS queries")}: ${answers(snapshot)}`);
  }
  const sessions = sum(snapshot.decryptions.map((row) => row.count));
  if (sessions > 0) lines.push(`${plural(sessions, "TLS session")}: ${outcomes(snapshot)}`);
  for (const [count, what] of losses(snapshot)) {
    if (count > 0) lines.push(`${count} ${what}`);
  }
  return lines;
}

/** A capture file may describe any number of interfaces. */
const MAX_SOURCES = 4;

function sources(snapshot: Snapshot): string {
  const names = [...new Set(snapshot.interfaces.map((it) => printable(it.name)))];
  if (names.length === 0) return "nowhere";
  const more = names.length - MAX_SOURCES;
  return names.slice(0, MAX_SOURCES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** "12 NOERROR, 3 NXDOMAIN, 1 without an answer", the most frequent first. */
function answers(snapshot: Snapshot): string {
  const byCode = new Map<string, number>();
  for (const { rcode, count } of snapshot.dnsQueries) {
    byCode.set(rcode, (byCode.get(rcode) ?? 0) + count);
  }
  return mostFirst([...byCode].map(([rcode, count]) => [rcode || "without an answer", count]));
}

/** What became of sessions that were to be decrypted, in words. */
const OUTCOME_WORDS: Readonly<Record<DecryptionOutcome, string>> = {
  "read": "decrypted",
  "no-keys": "without keys in a key log",
  "wrong-keys": "with keys that do not fit",
  "unsupported": "of a version or cipher that is not decrypted",
  "lost": "of which too much is missing",
};

/** "10 decrypted, 2 without keys in a key log". */
const outcomes = ({ decryptions }: Snapshot): string =>
  mostFirst(decryptions.map(({ outcome, count }) => [
    OUTCOME_WORDS[outcome as DecryptionOutcome],
    count,
  ]));

/** "12 NOERROR, 3 NXDOMAIN": the most frequent first, and at most `most` of them. */
function mostFirst(counts: readonly [string, number][], most = Infinity): string {
  const listed = counts.toSorted((a, b) => b[1] - a[1]).slice(0, most)
    .map(([what, count]) => `${count} ${printable(what)}`);
  const more = counts.length - listed.length;
  return listed.join(", ") + (more > 0 ? ` and ${more} more reasons` : "");
}

/** Reasons that a loss is explained by. */
const MAX_REASONS = 6;

/** Counts of what was lost, so that the other numbers are too low. */
export function losses(snapshot: Snapshot): [number, string][] {
  const dropped = snapshot.interfaces.flatMap((it) => it.dropped ?? []);
  return [
    [sum(dropped.map((by) => by.kernel)), "packets dropped by the kernel"],
    [sum(dropped.map((by) => by.interface)), "packets dropped by the interface"],
    ...COUNTER_LIST.flatMap((counter) => lossOf(snapshot, counter)),
  ];
}

/**
 * "3 packets not read: 2 esp encrypted, 1 tcp truncated", with the values of the metric's labels.
 */
function lossOf(snapshot: Snapshot, { key, loss, labels }: KeyedCounter): [number, string][] {
  if (loss === undefined) return [];
  const rows = rowsOf(snapshot, key);
  const count = sum(rows.map((row) => row.count));
  if (labels.length === 0) return [[count, loss]];
  const reasons = rows.map((row): [string, number] => [
    labels.map((label) => row[label]).join(" "),
    row.count,
  ]);
  return [[count, `${loss}: ${mostFirst(reasons, MAX_REASONS)}`]];
}

// The sections of a host's page, one function each.

import type { ColumnContext } from "../../hosts/columns.ts";
import { sum } from "../../sums.ts";
import type { Inspection } from "../../hosts/history.ts";
import { PHASES } from "../../hosts/fields.ts";
import { SOURCES } from "../../protocols/analyser.ts";
import type { HostSnapshot } from "../../hosts/snapshot.ts";
import type { TransactionLine } from "../../hosts/recent_transactions.ts";
import { formatBytes, formatDuration, formatTimeOfDay } from "../../hosts/units.ts";
import { printable } from "../../text.ts";
import { COUNT_WIDTH, countCell, DURATION_WIDTH, durationCell } from "./cells.ts";
import { bar, condense, graph, histogram, sparkline } from "./charts.ts";
import { type Line, span } from "./line.ts";
import { cutTo, fit, widthOf } from "../../text_width.ts";

export interface PageSection {
  readonly title: string;
  readonly lines: readonly Line[];
}

const MAX_ROWS = 12;
const MAX_BAR = 24;

/** Bytes of the last minutes as graphs; the newest are on the right. */
export function trafficSection(
  inspection: Inspection | null,
  host: HostSnapshot,
  width: number,
): PageSection {
  if (inspection === null) return { title: "Traffic", lines: [[span("...", "faint")]] };
  const room = Math.max(10, Math.min(width - 22, inspection.received.length));
  const minutes = minutesOf(inspection);
  const received = condense(inspection.received.slice(-minutes * 60), room);
  const sent = condense(inspection.sent.slice(-minutes * 60), room);
  const seconds = Math.ceil(minutes * 60 / received.length);
  const side = (name: string, total: number, values: readonly number[], height: number): Line[] => {
    const texts = [name, formatBytes(total), `max ${formatBytes(Math.max(...values) / seconds)}/s`];
    return graph(values, height).map((line, i) => [
      span(fit(texts[i] ?? "", 18)),
      span("▕", "faint"),
      span(line, "chart"),
    ]);
  };
  return {
    title: `Traffic of the last ${minutes === 1 ? "minute" : `${minutes} minutes`}, ` +
      `${seconds} s per column`,
    lines: [
      ...side("received", host.bytesReceived, received, 3),
      ...side("sent", host.bytesSent, sent, 3),
    ],
  };
}

/**
 * Responses of the last minutes by the class of their status, as graphs; the newest are on the
 * right.
 */
export function responseSection(inspection: Inspection | null, width: number): PageSection {
  const responses = inspection?.responses ?? [];
  if (inspection === null || responses.length === 0) return { title: "", lines: [] };
  const seconds = minutesOf(inspection) * 60;
  const lines = responses.map(({ status, seconds: counts }): Line => {
    const shown = condense(counts.slice(-seconds), Math.max(10, Math.min(width - 22, seconds)));
    const label = ` ${fit(status, 10)}${countCell(counts.reduce((total, n) => total + n, 0))}`;
    return [
      /^[45]/.test(status) ? span(label, "bad") : span(label),
      span("▕", "faint"),
      span(sparkline(shown), "chart"),
    ];
  });
  return { title: "Responses over the same time", lines };
}

/** Clients by the connections on which they asked for the host. */
export function clientSection(inspection: Inspection | null, width: number): PageSection {
  const rows = (inspection?.clients ?? []).map(({ ip, count }) => ({ label: ip, count }));
  return { title: "Clients, by connections", lines: countLines(rows, width) };
}

/** Minutes since the first traffic that is kept, rounded up. */
function minutesOf({ sent, received }: Inspection): number {
  const first = received.findIndex((bytes, i) => bytes > 0 || sent[i]! > 0);
  return first < 0 ? 1 : Math.ceil((received.length - first) / 60);
}

export function hitsSection(host: HostSnapshot, width: number): PageSection {
  const rows = SOURCES.map((source, i) => ({ label: source, count: host.hits[i]! }));
  return { title: "Hits", lines: countLines(rows, width) };
}

export function requestSection(host: HostSnapshot, width: number): PageSection {
  const rows = host.requests.map(({ method, code, version, count }) => ({
    label: `${method} ${code === "" ? "(no answer)" : code} HTTP/${version}`,
    count,
    bad: code >= "400" && code < "600",
  }));
  return { title: "Requests", lines: countLines(rows, width) };
}

export function handshakeSection(host: HostSnapshot, width: number): PageSection {
  const rows = host.handshakes.map(({ version, alpn, count }) => ({
    label: version === "" ? "(no answer)" : `TLS ${version} ${alpn}`,
    count,
  }));
  return { title: "TLS handshakes", lines: countLines(rows, width) };
}

export function quicSection(host: HostSnapshot, width: number): PageSection {
  const rows = host.quicHandshakes.map(({ version, alpn, count }) => ({
    label: `QUIC ${version} ${alpn}`,
    count,
  }));
  return { title: "QUIC handshakes", lines: countLines(rows, width) };
}

export function grpcSection(host: HostSnapshot, width: number): PageSection {
  const rows = host.grpc.map(({ status, count }) => ({
    label: `status ${status}`,
    count,
    bad: status !== "0",
  }));
  return { title: "gRPC", lines: countLines(rows, width) };
}

/** With the place of each address if --location is given. */
export function addressSection(
  host: HostSnapshot,
  context: ColumnContext,
  width: number,
): PageSection {
  const rows = host.addresses.filter(({ ip }) => ip !== "").map(({ ip, hits }) => {
    const place = ip === "other" ? null : context.place?.(ip) ?? null;
    const where = [place?.city ?? "", place?.country ?? ""].filter((part) => part !== "");
    return { label: `${ip} ${where.join(", ")}`, count: sum(hits) };
  });
  return { title: "Addresses", lines: countLines(rows, width) };
}

interface CountRow {
  readonly label: string;
  readonly count: number;
  readonly bad?: boolean;
}

/** The largest first, with bars; the last line counts those that are not shown. */
function countLines(rows: readonly CountRow[], width: number): Line[] {
  const sorted = rows.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  const shown = sorted.slice(0, MAX_ROWS);
  const largest = shown[0]?.count ?? 0;
  const labels = shown.map(({ label }) => printable(label.trimEnd()));
  const widest = Math.max(0, ...labels.map(widthOf));
  const room = Math.max(4, Math.min(widest, width - COUNT_WIDTH - 10));
  const barWidth = Math.min(MAX_BAR, Math.max(0, width - room - COUNT_WIDTH - 3));
  const lines: Line[] = shown.map(({ count, bad }, i) => [
    span(" "),
    bad ? span(fit(labels[i]!, room), "bad") : span(fit(labels[i]!, room)),
    span(countCell(count)),
    span(" " + bar(count / largest, barWidth).replaceAll("░", ""), "chart"),
  ]);
  const hidden = sorted.length - shown.length;
  if (hidden > 0) lines.push([span(` and ${hidden} more`, "faint")]);
  return lines;
}

/** Cells for the name, the count, three durations, and the ends of the scale. */
const PHASE_TEXT = 11 + COUNT_WIDTH + 3 * (DURATION_WIDTH + 1) + 2 * (DURATION_WIDTH + 1);

/** A line for each phase, with its durations on a logarithmic scale. */
export function phaseSection(
  host: HostSnapshot,
  inspection: Inspection | null,
  width: number,
): PageSection {
  const chartWidth = Math.min(48, width - PHASE_TEXT - 2);
  const lines = PHASES.flatMap((phase, i): Line[] => {
    const durations = host.phases[i] ?? null;
    if (durations === null) return [];
    const cells = [durations.p50, durations.p95, durations.p99].map(durationCell);
    const chart = histogramSpans(inspection?.distributions[i] ?? null, chartWidth);
    return [[
      span(` ${fit(phase, 10)}`),
      span(countCell(durations.count), "faint"),
      span(" " + cells.join(" ")),
      ...chart,
    ]];
  });
  if (lines.length === 0) return { title: "", lines };
  const heads = ["p50", "p95", "p99"].map((head) => fit(head, DURATION_WIDTH, "right")).join(" ");
  return {
    title: `${fit("Phases", 11)}${fit("count", COUNT_WIDTH, "right")} ${heads}`,
    lines,
  };
}

function histogramSpans(
  distribution: Inspection["distributions"][number],
  width: number,
): Line {
  if (distribution === null || distribution.length === 0 || width < 8) return [];
  const { from, to, counts } = histogram(distribution, width);
  return [
    span(` ${durationCell(from)} `, "faint"),
    span(sparkline(counts), "chart"),
    span(` ${formatDuration(to)}`, "faint"),
  ];
}

/** The newest first. */
export function transactionSection(inspection: Inspection | null, width: number): PageSection {
  const all = [...(inspection?.transactions ?? [])].reverse();
  // In a wide terminal the numbers stay near to what they belong to.
  const widest = Math.max(MIN_WHAT, ...all.map(({ what }) => widthOf(what)));
  const room = Math.max(8, Math.min(widest, width - TRANSACTION_REST));
  return { title: "Latest transactions", lines: all.map((each) => transactionLine(each, room)) };
}

/** Cells that are given to what was asked for, if there are so many. */
const MIN_WHAT = 40;
/** Cells of a transaction beside that, blanks included: time, source, result, bytes, duration. */
const TRANSACTION_REST = 10 + 5 + 9 + 8 + 1 + DURATION_WIDTH;

function transactionLine(line: TransactionLine, room: number): Line {
  const time = formatTimeOfDay(line.time / 1e6);
  const bytes = line.bytes === null ? "" : formatBytes(line.bytes);
  const end = `${fit(bytes, 7, "right")} ${durationCell(line.seconds)}`;
  const result = fit(line.result === "" ? "-" : line.result, 8);
  const isBad = line.source === "http" && line.result >= "400";
  return [
    span(` ${time} `, "faint"),
    span(`${fit(line.source, 4)} `),
    isBad ? span(result, "bad") : span(result),
    span(` ${fit(cutTo(line.what, room), room)}`),
    span(` ${end}`),
  ];
}

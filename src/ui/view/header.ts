// The two lines at the top: the capture, and what the table shows.

import { OTHER_HOST } from "../../hosts/label_values.ts";
import type { Snapshot } from "../../hosts/snapshot.ts";
import { formatBytes, formatCount, formatTime, formatTimeOfDay } from "../../hosts/units.ts";
import { plural, printable } from "../../text.ts";
import { showsGroups } from "../state/arrange.ts";
import { bar, condense, sparkline } from "./charts.ts";
import { joinParts, type Line, type LinePart, span } from "./line.ts";
import type { Rates } from "../state/rates.ts";
import type { ScreenState } from "../state/state.ts";
import { cutTo } from "../../text_width.ts";

const MAX_SOURCE = 40;
const GRAPH_WIDTH = 16;
/** Of a file: beside its times there is less room. */
const FILE_GRAPH_WIDTH = 12;
const PROGRESS_WIDTH = 16;

export function headerLines(state: ScreenState): Line[] {
  const { columns } = state.size;
  return [joinParts(captureParts(state), columns), joinParts(tableParts(state), columns)];
}

function captureParts(state: ScreenState): LinePart[] {
  return [
    { spans: [span("webstat", "title")], priority: 9 },
    { spans: [span(cutTo(sourceText(state), MAX_SOURCE), "value")], priority: 0 },
    ...(state.setting.live ? liveParts(state) : fileParts(state)),
    { spans: droppedSpans(state), priority: 0 },
    { spans: state.paused ? [span(" PAUSED ", "selected")] : [], priority: 0 },
    { spans: endSpans(state), priority: 0 },
  ];
}

function sourceText({ setting }: ScreenState): string {
  const [first, ...others] = setting.sources;
  return (first ?? "") + (others.length > 0 ? ` +${others.length}` : "");
}

function liveParts({ setting, rates, now }: ScreenState): LinePart[] {
  const packets = formatCount(rates?.packetsPerSecond ?? 0);
  const bytes = formatBytes(rates?.bytesPerSecond ?? 0);
  return [
    { spans: [span(clock(Math.max(0, (now - setting.startedAt) / 1000)))], priority: 2 },
    { spans: [span(`${packets} pkt/s`)], priority: 3 },
    { spans: [span(`${bytes}/s`)], priority: 1 },
    {
      spans: [span(sparkline((rates?.graph ?? []).slice(-GRAPH_WIDTH)), "chart")],
      priority: 4,
    },
  ];
}

/** "0:59", "59:59", "25:00:00". */
function clock(seconds: number): string {
  const two = (value: number) => String(Math.floor(value) % 60).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = hours > 0 ? `${hours}:${two(seconds / 60)}` : String(Math.floor(seconds / 60));
  return `${minutes}:${two(seconds)}`;
}

function fileParts({ capture, rates, snapshot }: ScreenState): LinePart[] {
  const packets = capture.phase === "running" ? capture.packets : rates?.packets ?? 0;
  const counted: LinePart = {
    spans: [span(`${formatCount(packets)} packets, ${formatBytes(rates?.bytes ?? 0)}`)],
    priority: 3,
  };
  if (capture.phase === "ended") return [counted, ...timeParts(snapshot), ...graphParts(rates)];
  const percent = capture.done === null ? "reading" : `reading ${Math.floor(capture.done * 100)}%`;
  return [
    { spans: [span(percent, "value")], priority: 0 },
    {
      spans: capture.done === null ? [] : [span(bar(capture.done, PROGRESS_WIDTH), "chart")],
      priority: 4,
    },
    counted,
  ];
}

/** From when to when packets were captured (UTC). */
function timeParts(snapshot: Snapshot | null): LinePart[] {
  if (snapshot === null || snapshot.traffic === null) return [];
  const [fromDay, from] = dayAndTime(snapshot.traffic.from);
  const [day, to] = dayAndTime(snapshot.time);
  if (fromDay !== day) {
    return [{ spans: [span(`${fromDay} ${from} - ${day} ${to}Z`)], priority: 2 }];
  }
  return [
    { spans: [span(day)], priority: 6 },
    { spans: [span(`${from}-${to}Z`)], priority: 2 },
  ];
}

/** "2026-01-31" and "23:59:59", of microseconds since 1970. */
function dayAndTime(time: number): [day: string, time: string] {
  return [formatTime(time / 1e6).slice(0, 10), formatTimeOfDay(time / 1e6)];
}

/** The average rate of a whole file, and its bytes over time. */
function graphParts(rates: Rates | null): LinePart[] {
  if (rates === null || rates.graph.length < 2) return [];
  return [
    { spans: [span(`${formatBytes(rates.bytesPerSecond)}/s`)], priority: 5 },
    { spans: [span(sparkline(condense(rates.graph, FILE_GRAPH_WIDTH)), "chart")], priority: 4 },
  ];
}

function droppedSpans({ snapshot }: ScreenState): Line {
  let dropped = 0;
  for (const each of snapshot?.interfaces ?? []) {
    dropped += (each.dropped?.kernel ?? 0) + (each.dropped?.interface ?? 0);
  }
  return dropped === 0 ? [] : [span(`${formatCount(dropped)} dropped`, "bad")];
}

function endSpans({ capture, setting }: ScreenState): Line {
  if (capture.phase === "running") return [];
  // The reason is on the last line.
  if (capture.failure !== null) return [span("capture failed", "bad")];
  return setting.live ? [span("capture ended", "value")] : [];
}

function tableParts(state: ScreenState): LinePart[] {
  const { exported, setting } = state;
  const where = setting.metrics === null
    ? { spans: [span("no /metrics (--listen serves it)", "faint")], priority: 3 }
    : { spans: [span(setting.metrics, "link")], priority: 2 };
  return [
    { spans: [span(shownText(state))], priority: 0 },
    { spans: hiddenSpans(state), priority: 1 },
    { spans: foldedSpans(state), priority: 1 },
    { spans: [span(`${exported} exported`, exported > 0 ? "exported" : "faint")], priority: 0 },
    where,
  ];
}

function foldedSpans({ snapshot }: ScreenState): Line {
  const folded = snapshot?.hostsFolded ?? 0;
  return folded === 0 ? [] : [span(`${formatCount(folded)} folded into ${OTHER_HOST}`, "value")];
}

function hiddenSpans({ table, hidden }: ScreenState): Line {
  return table.hidesDnsOnly ? [span(`${formatCount(hidden)} hidden (DNS only)`, "faint")] : [];
}

/** "120 hosts", "12 of 120 hosts: ~^www", "5 hosts of bbc.co.uk". */
function shownText(state: ScreenState): string {
  const { rows, snapshot, table } = state;
  const all = snapshot?.hosts.filter(({ name }) => name !== OTHER_HOST).length ?? 0;
  const filter = table.filter === null ? "" : `: ${cutTo(table.filter.text, 30)}`;
  if (showsGroups(state)) {
    return `${plural(rows.length, table.view)} of ${plural(all, "host")}${filter}`;
  }
  if (table.group !== null) {
    return `${plural(rows.length, "host")} of ${cutTo(printable(table.group), 40)}${filter}`;
  }
  return table.filter === null
    ? plural(all, "host")
    : `${rows.length} of ${plural(all, "host")}${filter}`;
}

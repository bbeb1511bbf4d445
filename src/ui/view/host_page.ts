// The page of one host: all its sections, as lines.

import { isExported } from "../../hosts/exports.ts";
import type { HostSnapshot } from "../../hosts/snapshot.ts";
import { formatAge, formatTime, formatTimeOfDay } from "../../hosts/units.ts";
import { guessMark, nameText } from "../state/terminal_columns.ts";
import { printable } from "../../text.ts";
import { hostOf, presentOf } from "../state/arrange.ts";
import {
  addressSection,
  clientSection,
  grpcSection,
  handshakeSection,
  hitsSection,
  type PageSection,
  phaseSection,
  quicSection,
  requestSection,
  responseSection,
  trafficSection,
  transactionSection,
} from "./host_sections.ts";
import { routeSection, slowRouteSection } from "./route_sections.ts";
import { type Line, lineWidth, span } from "./line.ts";
import type { ScreenState } from "../state/state.ts";
import { cutTo, widthOf } from "../../text_width.ts";

/** From this width on, sections are side by side. */
const TWO_COLUMNS = 100;
const GAP = 3;

export function hostLines(state: ScreenState): Line[] {
  const { host: name, snapshot, size } = state;
  if (name === null) return [];
  const host = hostOf(snapshot, name);
  if (host === null) {
    return [[span(printable(name), "title")], [
      span(
        "No longer counted on its own: it was folded into ~other, or the counters were reset.",
        "faint",
      ),
    ]];
  }
  const wide = size.columns >= TWO_COLUMNS;
  const width = wide ? Math.floor((size.columns - GAP) / 2) : size.columns;
  const left = [hitsSection(host, width), requestSection(host, width)];
  const right = [
    addressSection(host, state.setting.view.context, width),
    clientSection(state.inspection, width),
    handshakeSection(host, width),
    quicSection(host, width),
    grpcSection(host, width),
  ];
  return [
    titleLine(state, host),
    ...linesOf([
      trafficSection(state.inspection, host, size.columns),
      responseSection(state.inspection, size.columns),
    ]),
    ...(wide ? beside(linesOf(left), linesOf(right), width) : linesOf([...left, ...right])),
    ...linesOf([
      routeSection(state.inspection, size.columns),
      slowRouteSection(state.inspection, size.columns),
      phaseSection(host, state.inspection, size.columns),
      transactionSection(state.inspection, size.columns),
    ]),
  ];
}

function titleLine(state: ScreenState, host: HostSnapshot): Line {
  const { exports, size, hostNumbers } = state;
  const { firstSeen, lastSeen } = host;
  const present = presentOf(state);
  const seen = present === null
    ? `  first seen ${formatTime(firstSeen / 1e6)}, last ${formatTimeOfDay(lastSeen / 1e6)}`
    : `  first seen ${ago(present - firstSeen)}, last ${ago(present - lastSeen)}`;
  const symbol = isExported(exports, host.name) ? "● " : "";
  const number = `#${hostNumbers.numbers.get(host.name) ?? 0} `;
  const name = guessMark(host) + nameText(host.name);
  const room = size.columns - symbol.length - number.length;
  return [
    span(symbol, "exported"),
    span(number, "faint"),
    span(cutTo(name, room), "title"),
    span(cutTo(seen, Math.max(0, room - widthOf(name))), "faint"),
  ];
}

function ago(microseconds: number): string {
  const age = formatAge(microseconds / 1e6);
  return age === "now" ? age : `${age} ago`;
}

/** Empty sections are left out. */
function linesOf(sections: readonly PageSection[]): Line[] {
  return sections.filter(({ lines }) => lines.length > 0)
    .flatMap(({ title, lines }) => [[], [span(title, "value")], ...lines]);
}

function beside(left: readonly Line[], right: readonly Line[], width: number): Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    const line = left[i] ?? [];
    const other = right[i];
    if (other === undefined) return line;
    return [...line, span(" ".repeat(Math.max(0, width - lineWidth(line)) + GAP)), ...other];
  });
}

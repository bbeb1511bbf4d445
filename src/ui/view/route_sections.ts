// The routes of a host on its page: the most frequent, and the slowest.

import type { Inspection } from "../../hosts/history.ts";
import { OTHER_ROUTE, type RouteCount } from "../../hosts/route_table.ts";
import { formatShare } from "../../hosts/units.ts";
import { printable } from "../../text.ts";
import { fit } from "../../text_width.ts";
import { COUNT_WIDTH, countCell, DURATION_WIDTH, durationCell } from "./cells.ts";
import type { PageSection } from "./host_sections.ts";
import { type Line, span } from "./line.ts";

/** Routes kept on the page, by the number of requests and by their time. */
const MAX_FREQUENT = 8;
const MAX_SLOW = 5;

/** The most frequent routes, with their errors and times. */
export function routeSection(inspection: Inspection | null, width: number): PageSection {
  const routes = [...inspection?.routes ?? []].sort((a, b) => b.count - a.count);
  return {
    title: routeTitle("Routes", width),
    lines: routes.slice(0, MAX_FREQUENT).map((route) => routeLine(route, width)),
  };
}

/** The slowest routes by the average time to the first byte of the answer. */
export function slowRouteSection(inspection: Inspection | null, width: number): PageSection {
  const average = ({ seconds, timed }: RouteCount) => seconds / timed;
  const routes = (inspection?.routes ?? [])
    .filter(({ timed, route }) => timed > 0 && route !== OTHER_ROUTE)
    .sort((a, b) => average(b) - average(a));
  // Of few routes all are among the frequent ones.
  if (routes.length <= MAX_FREQUENT) return { title: "", lines: [] };
  return {
    title: routeTitle("Slowest routes", width),
    lines: routes.slice(0, MAX_SLOW).map((route) => routeLine(route, width)),
  };
}

/** Cells for count, errors, average and longest time, each after a blank. */
const ROUTE_NUMBERS = COUNT_WIDTH + 1 + 6 + 2 * (DURATION_WIDTH + 1);
const MAX_ROUTE = 70;

const routeWidth = (width: number): number =>
  Math.max(10, Math.min(MAX_ROUTE, width - 1 - ROUTE_NUMBERS));

function routeTitle(title: string, width: number): string {
  const heads = [
    fit("count", COUNT_WIDTH, "right"),
    fit("error%", 6, "right"),
    ...["average", "longest"].map((head) => fit(head, DURATION_WIDTH, "right")),
  ];
  return fit(title, routeWidth(width) + 1) + heads.join(" ");
}

function routeLine(counted: RouteCount, width: number): Line {
  const { method, route, count, errors, timed, seconds, slowest } = counted;
  const share = fit(errors === 0 ? "-" : formatShare(errors / count), 6, "right");
  const times = timed === 0 ? [null, null] : [seconds / timed, slowest];
  const durations = times.map(durationCell);
  const label = printable(`${method} ${route}`.trimStart());
  return [
    span(` ${fit(label, routeWidth(width))}`),
    span(countCell(count)),
    errors === 0 ? span(` ${share}`) : span(` ${share}`, "bad"),
    span(` ${durations.join(" ")}`),
  ];
}

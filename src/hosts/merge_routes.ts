// Merges the routes of several hosts, or of one host in several workers.

import { sum, sumRows } from "../sums.ts";
import { mergeDurations } from "./duration_snapshot.ts";
import { OTHER_HOST } from "./label_values.ts";
import { OTHER_ROUTE, routeKey, weightOf } from "./route_table.ts";
import type { HostSnapshot, RouteSnapshot } from "./snapshot.ts";

/** By host, the keys of routes. */
export type RouteKeys = ReadonlyMap<string, ReadonlySet<string>>;

/** Each route once; those of the keys in `folded`, or all if it is "all", are counted as `other`. */
export function mergeRoutes(
  routes: readonly RouteSnapshot[],
  folded: ReadonlySet<string> | "all",
): RouteSnapshot[] {
  const isFolded = (key: string) => folded === "all" || folded.has(key);
  const byKey = Map.groupBy(routes, ({ method, route }) => {
    const key = routeKey(method, route);
    return isFolded(key) ? OTHER_KEY : key;
  });
  return [...byKey].map(([key, same]) => ({
    method: key === OTHER_KEY ? "" : same[0]!.method,
    route: key === OTHER_KEY ? OTHER_ROUTE : same[0]!.route,
    codes: sumRows(same.flatMap(({ codes }) => codes), ({ code }) => code),
    processing: mergeDurations(same.flatMap(({ processing }) => processing ?? [])),
  }));
}

const OTHER_KEY = routeKey("", OTHER_ROUTE);

/** The lightest routes of the hosts that have more than `max`. */
export function excessRoutes(hosts: readonly HostSnapshot[], max: number): RouteKeys {
  const excess = new Map<string, ReadonlySet<string>>();
  for (const { name, routes } of hosts) {
    // One of them is `other`.
    if (name === OTHER_HOST || routes.length <= max) continue;
    const kept = routes.filter(({ route }) => route !== OTHER_ROUTE)
      .map(({ method, route, codes }) => ({
        key: routeKey(method, route),
        weight: sum(codes.map(({ code, count }) => weightOf(Number(code)) * count)),
      }))
      .sort((a, b) => a.weight - b.weight);
    const keys = kept.slice(0, Math.max(0, kept.length - max)).map(({ key }) => key);
    if (keys.length > 0) excess.set(name, new Set(keys));
  }
  return excess;
}

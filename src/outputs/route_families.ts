// The metrics of the routes of hosts. Without --routes they have no series.

import type { Family } from "./family.ts";

export const ROUTE_FAMILIES: readonly Family[] = [
  {
    name: "webstat_http_route_requests_total",
    help: "HTTP requests by route: the path with placeholders for what differs or tells of users.",
    type: "counter",
    ofHosts: true,
    *values({ hosts }) {
      for (const { name: host, routes } of hosts) {
        for (const { method, route, codes } of routes) {
          for (const { code, count } of codes) yield [{ host, method, route, code }, count];
        }
      }
    },
  },
  {
    name: "webstat_http_route_processing_seconds",
    help: "From the first byte of a request to the first byte of its answer, by route.",
    type: "histogram",
    ofHosts: true,
    *values({ hosts }) {
      for (const { name: host, routes } of hosts) {
        for (const { method, route, processing } of routes) {
          if (processing !== null) yield [{ host, method, route }, processing];
        }
      }
    },
  },
];

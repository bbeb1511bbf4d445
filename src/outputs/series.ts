// How many series hosts have on /metrics: what Prometheus will have to keep.

import type { View } from "../hosts/columns.ts";
import { BUCKETS, type HostSnapshot, type Snapshot } from "../hosts/snapshot.ts";
import { columnFamilies, FAMILIES } from "./families.ts";

/** A histogram has its buckets, the one for +Inf, the sum and the count. */
const HISTOGRAM_SERIES = BUCKETS.length + 3;

const NOTHING: Snapshot = {
  time: 0,
  interfaces: [],
  decodeErrors: [],
  dnsQueries: [],
  streamGaps: 0,
  flowsOpen: 0,
  flowsEvicted: [],
  hosts: [],
  hostsKept: 0,
  hostsFolded: 0,
  eventsDropped: 0,
};

/** The series of these hosts as they are now; those of the capture itself are not among them. */
export function countSeries(hosts: readonly HostSnapshot[], view: View): number {
  return count({ ...NOTHING, hosts }, view) - count(NOTHING, view);
}

function count(snapshot: Snapshot, view: View): number {
  let series = 0;
  for (const family of [...FAMILIES, ...columnFamilies(view.columns)]) {
    const each = family.type === "histogram" ? HISTOGRAM_SERIES : 1;
    for (const _ of family.values(snapshot, view)) series += each;
  }
  return series;
}

// How many series hosts make on /metrics, which Prometheus would have to store.

import type { View } from "../hosts/columns.ts";
import { BUCKETS } from "../hosts/fields.ts";
import type { HostSnapshot, Snapshot } from "../hosts/snapshot.ts";
import { columnFamilies, FAMILIES } from "./families.ts";

/** Of a histogram: its buckets, that of +Inf, the sum and the count. */
const HISTOGRAM_SERIES = BUCKETS.length + 3;

/** The series of some hosts of a snapshot, without those of the capture itself. */
export function countSeries(
  snapshot: Snapshot,
  hosts: readonly HostSnapshot[],
  view: View,
): number {
  return count({ ...snapshot, hosts }, view) - count({ ...snapshot, hosts: [] }, view);
}

function count(snapshot: Snapshot, view: View): number {
  let series = 0;
  for (const family of [...FAMILIES, ...columnFamilies(view.columns)]) {
    const each = family.type === "histogram" ? HISTOGRAM_SERIES : 1;
    for (const _ of family.values(snapshot, view)) series += each;
  }
  return series;
}

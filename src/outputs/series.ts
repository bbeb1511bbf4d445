// How many series hosts have on /metrics: what Prometheus will have to keep.

import type { View } from "../hosts/columns.ts";
import { BUCKETS } from "../hosts/fields.ts";
import type { HostSnapshot, Snapshot } from "../hosts/snapshot.ts";
import { columnFamilies, FAMILIES } from "./families.ts";

/** A histogram has its buckets, the one for +Inf, the sum and the count. */
const HISTOGRAM_SERIES = BUCKETS.length + 3;

/** The series of some hosts of a snapshot; those of the capture itself are not among them. */
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

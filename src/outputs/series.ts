// How many series hosts make on /metrics, which Prometheus would have to store.

import type { View } from "../hosts/columns.ts";
import type { HostSnapshot, Snapshot } from "../hosts/snapshot.ts";
import { columnFamilies, FAMILIES } from "./families.ts";

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
    if (family.type === "histogram") {
      // The buckets, that of +Inf, the sum and the count.
      for (const [, { scale }] of family.values(snapshot, view)) series += scale.bounds.length + 3;
    } else {
      for (const _ of family.values(snapshot, view)) series++;
    }
  }
  return series;
}

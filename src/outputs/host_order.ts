// The order in which reports list hosts.

import { OTHER_HOST } from "../hosts/label_values.ts";
import type { HostSnapshot } from "../hosts/snapshot.ts";
import { sum } from "../sums.ts";

/** Hosts by hits, then by name; ~other comes last. */
export function byHits(hosts: readonly HostSnapshot[]): HostSnapshot[] {
  return [...hosts].sort((a, b) =>
    Number(a.name === OTHER_HOST) - Number(b.name === OTHER_HOST) ||
    sum(b.hits) - sum(a.hits) || (a.name < b.name ? -1 : 1)
  );
}

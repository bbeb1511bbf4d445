// webstat_hits_total: by host and source, and by the text and address columns that are shown.

import type { AddressColumn, Column, HostColumn, View } from "../hosts/columns.ts";
import type { HostSnapshot, Snapshot } from "../hosts/snapshot.ts";
import { SOURCES } from "../protocols/analyser.ts";
import { type Labels, type MetricSample, sinceOf } from "./family.ts";

const isHostColumn = (column: Column): column is HostColumn => column.of === "host";

export const isAddressColumn = (column: Column): column is AddressColumn => column.of === "address";

export function* hits(snapshot: Snapshot, view: View): Iterable<MetricSample> {
  const texts = view.columns.filter(isHostColumn)
    .filter((column) => column.metric !== false && column.kind === "text");
  const addressColumns = view.columns.filter(isAddressColumn)
    .filter((column) => column.isLabel?.(view.context) ?? true);
  for (const host of snapshot.hosts) {
    const common: Record<string, string> = {};
    for (const column of texts) {
      common[column.key] = String(column.value(host, view.context) ?? "");
    }
    for (const [labels, counted] of byAddress(host, addressColumns, view)) {
      for (let i = 0; i < SOURCES.length; i++) {
        if (counted[i]! === 0) continue;
        const all = { host: host.name, source: SOURCES[i]!, ...common, ...labels };
        yield [all, counted[i]!, sinceOf(host)];
      }
    }
  }
}

/**
 * Hits by source for each set of values that the address columns give: two addresses in one city
 * are one series if only cities are asked for.
 */
export function byAddress(
  host: HostSnapshot,
  columns: readonly AddressColumn[],
  view: View,
): Iterable<readonly [Labels, readonly number[]]> {
  if (columns.length === 0) return [[{}, host.hits]];
  const groups = new Map<string, readonly [Labels, number[]]>();
  for (const address of host.addresses) {
    const labels: Record<string, string> = {};
    for (const column of columns) labels[column.key] = column.value(address.ip, view.context);
    const key = Object.values(labels).join("\0");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [labels, [...address.hits]]);
    else for (const [i, count] of address.hits.entries()) group[1][i]! += count;
  }
  return groups.values();
}

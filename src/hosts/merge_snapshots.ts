// Merges the snapshots of several workers.

import { mergeClients } from "./clients.ts";
import { sum } from "../sums.ts";
import { sumCounts } from "./capture_counters.ts";
import { isDnsOnly } from "./dns_only.ts";
import { OTHER_HOST } from "./label_values.ts";
import { foldRoutes, mergeHosts } from "./merge.ts";
import type { RouteKeys } from "./merge_routes.ts";
import { mergeLive } from "./merge_interfaces.ts";
import { mergePairs } from "./pair_table.ts";
import type { HostSnapshot, Snapshot } from "./snapshot.ts";
import { addTraffic } from "./traffic.ts";

/** The sum of `snapshots` (at least one). All their hosts are in it, however many. */
export function mergeSnapshots(snapshots: readonly Snapshot[]): Snapshot {
  const hosts = hostsByName(snapshots.flatMap((each) => each.hosts));
  return {
    ...sumCounts(snapshots),
    since: Math.min(...snapshots.map(({ since }) => since)),
    time: snapshots.reduce((time, each) => Math.max(time, each.time), 0),
    interfaces: mergeLive(snapshots.flatMap((each) => each.interfaces)),
    traffic: snapshots.map(({ traffic }) => traffic)
      .reduce((a, b) => a === null || b === null ? a ?? b : addTraffic(a, b)),
    processes: mergePairsOf(snapshots),
    clients: mergeClientsOf(snapshots),
    hosts,
    hostsKept: hosts.filter(({ name }) => name !== OTHER_HOST).length,
  };
}

/** The names of the hosts past `max`, in the order in which the store of hosts folds them. */
export function excessHosts({ hosts, hostsKept }: Snapshot, max: number): ReadonlySet<string> {
  if (hostsKept <= max) return new Set();
  const candidates = hosts
    .filter(({ name }) => name !== OTHER_HOST)
    .map((host) => ({
      name: host.name,
      lastSeen: host.lastSeen,
      hits: sum(host.hits),
      rank: isDnsOnly(host) ? 0 : 1,
    }))
    .sort((a, b) => a.rank - b.rank || a.hits - b.hits || a.lastSeen - b.lastSeen);
  return new Set(candidates.slice(0, hostsKept - max).map(({ name }) => name));
}

/** `snapshot` with the hosts of these names counted in ~other. */
export function foldHosts(snapshot: Snapshot, names: ReadonlySet<string>): Snapshot {
  const isFolded = ({ name }: HostSnapshot) => name === OTHER_HOST || names.has(name);
  const folded = snapshot.hosts.filter(isFolded);
  if (folded.every(({ name }) => name === OTHER_HOST)) return snapshot;
  const kept = snapshot.hosts.filter((host) => !isFolded(host));
  const hosts = [...kept, mergeHosts(OTHER_HOST, folded)];
  return { ...snapshot, hosts, hostsKept: kept.length };
}

/** `snapshot` with these routes counted as `other`. */
export function foldRoutesOf(snapshot: Snapshot, routes: RouteKeys): Snapshot {
  const hosts = snapshot.hosts.map((host) => {
    const keys = routes.get(host.name);
    return keys === undefined ? host : foldRoutes(host, keys);
  });
  return { ...snapshot, hosts };
}

/** `snapshot` without the hosts that were only asked for in DNS. */
export function withoutDnsOnly(snapshot: Snapshot): Snapshot {
  const hosts = snapshot.hosts.filter((host) => host.name === OTHER_HOST || !isDnsOnly(host));
  return { ...snapshot, hosts };
}

const hostsByName = (hosts: readonly HostSnapshot[]): HostSnapshot[] =>
  [...Map.groupBy(hosts, ({ name }) => name)].map(([name, same]) => mergeHosts(name, same));

function mergePairsOf(snapshots: readonly Snapshot[]): Snapshot["processes"] {
  const tables = snapshots.flatMap(({ processes }) => processes === null ? [] : [processes]);
  return tables.length === 0 ? null : mergePairs(tables);
}

function mergeClientsOf(snapshots: readonly Snapshot[]): Snapshot["clients"] {
  const all = snapshots.flatMap(({ clients }) => clients === null ? [] : [clients]);
  return all.length === 0 ? null : mergeClients(all);
}

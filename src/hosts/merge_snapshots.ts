// Merges the snapshots of several workers.

import { sum } from "../sums.ts";
import { sumCounts } from "./capture_counters.ts";
import { OTHER_HOST } from "./label_values.ts";
import { mergeHosts } from "./merge.ts";
import type { HostSnapshot, InterfaceSnapshot, Snapshot } from "./snapshot.ts";
import { addTraffic } from "./traffic.ts";

/** The sum of `snapshots` (at least one). All their hosts are in it, however many. */
export function mergeSnapshots(snapshots: readonly Snapshot[]): Snapshot {
  const hosts = hostsByName(snapshots.flatMap((each) => each.hosts));
  return {
    ...sumCounts(snapshots),
    time: snapshots.reduce((time, each) => Math.max(time, each.time), 0),
    interfaces: mergeInterfaces(snapshots.flatMap((each) => each.interfaces)),
    traffic: snapshots.map(({ traffic }) => traffic)
      .reduce((a, b) => a === null || b === null ? a ?? b : addTraffic(a, b)),
    hosts,
    hostsKept: hosts.filter(({ name }) => name !== OTHER_HOST).length,
  };
}

/** The names of the hosts past `max`: those of the fewest hits, of these the longest unseen. */
export function excessHosts({ hosts, hostsKept }: Snapshot, max: number): ReadonlySet<string> {
  if (hostsKept <= max) return new Set();
  const candidates = hosts
    .filter(({ name }) => name !== OTHER_HOST)
    .map(({ name, hits, lastSeen }) => ({ name, lastSeen, hits: sum(hits) }))
    .sort((a, b) => a.hits - b.hits || a.lastSeen - b.lastSeen);
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

function hostsByName(hosts: readonly HostSnapshot[]): HostSnapshot[] {
  const byName = new Map<string, HostSnapshot[]>();
  for (const host of hosts) {
    const same = byName.get(host.name);
    if (same === undefined) byName.set(host.name, [host]);
    else same.push(host);
  }
  return [...byName].map(([name, same]) => same.length === 1 ? same[0]! : mergeHosts(name, same));
}

/** Workers share the live interfaces; each file is read by one of them. */
function mergeInterfaces(interfaces: readonly InterfaceSnapshot[]): InterfaceSnapshot[] {
  const merged: InterfaceSnapshot[] = [];
  for (const each of interfaces) {
    const same = each.dropped === null
      ? -1
      : merged.findIndex(({ name, dropped }) => name === each.name && dropped !== null);
    if (same < 0) merged.push(each);
    else merged[same] = addInterfaces(merged[same]!, each);
  }
  return merged;
}

function addInterfaces(a: InterfaceSnapshot, b: InterfaceSnapshot): InterfaceSnapshot {
  return {
    name: a.name,
    packets: a.packets + b.packets,
    bytes: a.bytes + b.bytes,
    dropped: {
      kernel: a.dropped!.kernel + b.dropped!.kernel,
      // Each worker is told the losses of the whole interface.
      interface: Math.max(a.dropped!.interface, b.dropped!.interface),
    },
  };
}

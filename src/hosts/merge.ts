// Several hosts seen as one: the hosts of a domain, with their sums.

import { sum } from "./columns.ts";
import {
  type AddressCount,
  BUCKETS,
  type DurationSnapshot,
  type HostSnapshot,
} from "./snapshot.ts";

/** The sum of `hosts` (at least one) under another name. */
export function mergeHosts(name: string, hosts: readonly HostSnapshot[]): HostSnapshot {
  const [first] = hosts;
  if (hosts.length === 1) return { ...first!, name };
  const total = (value: (host: HostSnapshot) => number) => sum(hosts.map(value));
  const each = (values: (host: HostSnapshot) => readonly number[]) =>
    values(first!).map((_, i) => total((host) => values(host)[i]!));
  return {
    name,
    hits: each((host) => host.hits),
    errors: total((host) => host.errors),
    requests: mergeCounts(
      hosts.flatMap((host) => host.requests),
      ({ method, code, version }) => `${method} ${code} ${version}`,
    ),
    handshakes: mergeCounts(
      hosts.flatMap((host) => host.handshakes),
      ({ version, alpn }) => `${version} ${alpn}`,
    ),
    quicHandshakes: mergeCounts(
      hosts.flatMap((host) => host.quicHandshakes),
      ({ version, alpn }) => `${version} ${alpn}`,
    ),
    grpc: mergeCounts(hosts.flatMap((host) => host.grpc), ({ status }) => status),
    addresses: mergeAddresses(hosts.flatMap((host) => host.addresses)),
    phases: first!.phases.map((_, i) => mergeDurations(hosts.flatMap((it) => it.phases[i] ?? []))),
    requestBodyBytes: total((host) => host.requestBodyBytes),
    responseBodyBytes: total((host) => host.responseBodyBytes),
    bytesSent: total((host) => host.bytesSent),
    bytesReceived: total((host) => host.bytesReceived),
    connections: each((host) => host.connections),
    connectionsOpen: each((host) => host.connectionsOpen),
    firstSeen: hosts.reduce((time, host) => Math.min(time, host.firstSeen), Infinity),
    lastSeen: hosts.reduce((time, host) => Math.max(time, host.lastSeen), 0),
  };
}

/** Adds up the rows that have the same key. */
function mergeCounts<Row extends { readonly count: number }>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): Row[] {
  const merged = new Map<string, Row>();
  for (const row of rows) {
    const count = row.count + (merged.get(keyOf(row))?.count ?? 0);
    merged.set(keyOf(row), { ...row, count });
  }
  return [...merged.values()];
}

function mergeAddresses(addresses: readonly AddressCount[]): AddressCount[] {
  const merged = new Map<string, AddressCount>();
  for (const { ip, hits } of addresses) {
    const seen = merged.get(ip);
    merged.set(ip, { ip, hits: hits.map((count, i) => count + (seen?.hits[i] ?? 0)) });
  }
  return [...merged.values()];
}

/** Null for none. Quantiles of several are estimated from the buckets. */
function mergeDurations(all: readonly DurationSnapshot[]): DurationSnapshot | null {
  const [first] = all;
  if (first === undefined || all.length === 1) return first ?? null;
  const counts = first.counts.map((_, i) => sum(all.map((each) => each.counts[i]!)));
  const count = sum(all.map((each) => each.count));
  // No estimate may lie outside of what the hosts themselves have.
  const estimate = (q: number, of: (each: DurationSnapshot) => number) => {
    const least = all.reduce((value, each) => Math.min(value, of(each)), Infinity);
    const most = all.reduce((value, each) => Math.max(value, of(each)), 0);
    return Math.min(Math.max(quantile(q, counts), least), most);
  };
  return {
    counts,
    count,
    sum: sum(all.map((each) => each.sum)),
    p50: estimate(0.5, (each) => each.p50),
    p95: estimate(0.95, (each) => each.p95),
    p99: estimate(0.99, (each) => each.p99),
  };
}

/** As PromQL's histogram_quantile: linear within a bucket. */
function quantile(q: number, counts: readonly number[]): number {
  const rank = q * sum([...counts]);
  let below = 0;
  for (let i = 0; i < BUCKETS.length; i++) {
    const inside = counts[i]!;
    const from = i === 0 ? 0 : BUCKETS[i - 1]!;
    if (inside > 0 && below + inside >= rank) {
      return from + (BUCKETS[i]! - from) * ((rank - below) / inside);
    }
    below += inside;
  }
  return BUCKETS.at(-1)!;
}

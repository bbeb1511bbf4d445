// For tests: snapshots made by hand.

import { associate } from "../associate.ts";
import { countsFrom } from "../hosts/capture_counters.ts";
import { HISTORY_SECONDS, type Inspection } from "../hosts/history.ts";
import { DEFAULT_BUCKETS, DEFAULT_SCALE } from "../hosts/duration_scale.ts";
import { durationSnapshot } from "../hosts/duration_snapshot.ts";
import {
  HOST_TABLES,
  HOST_VECTORS,
  type HostTables,
  NUMBER_NAMES,
  PHASES,
  TABLE_NAMES,
  VECTOR_NAMES,
} from "../hosts/fields.ts";
import { rowOf } from "../hosts/labelled.ts";
import { NOTHING_COUNTED } from "../hosts/nothing_counted.ts";
import type { DurationSnapshot, HostSnapshot, RouteSnapshot, Snapshot } from "../hosts/snapshot.ts";
import { type SourceName, SOURCES } from "../protocols/analyser.ts";

/** Hits by source, as hosts have them. */
export const hitsBy = (given: Partial<Record<SourceName, number>>): number[] =>
  SOURCES.map((source) => given[source] ?? 0);

/** A host that has counted nothing but what is given. */
export function exampleHost(name: string, given: Partial<HostSnapshot> = {}): HostSnapshot {
  return {
    name,
    ...NOTHING_COUNTED,
    firstSeen: 1_700_000_000_000_000,
    lastSeen: 1_700_000_000_500_000,
    ...given,
  };
}

/** A snapshot of nothing but what is given. */
export function exampleSnapshot(given: Partial<Snapshot> = {}): Snapshot {
  return {
    since: 1_700_000_000_000_000,
    time: 1_700_000_001_000_000,
    interfaces: [],
    traffic: null,
    hosts: [],
    hostsKept: 0,
    processes: null,
    clients: null,
    ...countsFrom(({ labels }) => labels.length === 0 ? 0 : []),
    ...given,
  };
}

/** Durations of which `counts[i]` are at the bound of bucket i. */
export function exampleDurations(counts: Record<number, number>, sum: number): DurationSnapshot {
  const edges = [...DEFAULT_BUCKETS, 2 * DEFAULT_BUCKETS.at(-1)!];
  const steps = Object.entries(counts)
    .flatMap(([i, count]) => [DEFAULT_SCALE.stepOf(edges[Number(i)]!), count]);
  return durationSnapshot(DEFAULT_SCALE, steps, sum);
}

/** A host such as a busy machine has many of. */
export function busyHost(name: string): HostSnapshot {
  const durations = exampleDurations({ 0: 5, 3: 2, 14: 1 }, 12.345678);
  return exampleHost(name, {
    hits: hitsBy({ http: 120, tls: 30, quic: 4, dns: 12 }),
    errors: 3,
    requests: [
      { method: "GET", code: "200", version: "1.1", count: 100 },
      { method: "GET", code: "304", version: "1.1", count: 10 },
      { method: "POST", code: "201", version: "2", count: 6 },
      { method: "GET", code: "404", version: "1.1", count: 3 },
      { method: "GET", code: "", version: "1.0", count: 1 },
    ],
    handshakes: [
      { version: "1.3", alpn: "", count: 25 },
      { version: "1.2", alpn: "h2", count: 5 },
    ],
    addresses: [{ ip: "192.0.2.1", hits: hitsBy({ http: 120, tls: 30 }) }, {
      ip: "",
      hits: hitsBy({ quic: 4, dns: 12 }),
    }],
    phases: [durations, durations, durations, durations, durations, durations],
    requestBodyBytes: 1000,
    responseBodyBytes: 200_000,
    bytesSent: 34_000,
    bytesReceived: 1_234_567,
    connections: [40, 4],
    connectionsOpen: [2, 0],
  });
}

/** Nothing remembered of a host, but for what is given. */
export function exampleInspection(host: string, given: Partial<Inspection> = {}): Inspection {
  return {
    host,
    transactions: [],
    until: 0,
    sent: new Float64Array(HISTORY_SECONDS),
    received: new Float64Array(HISTORY_SECONDS),
    responses: [],
    routes: [],
    clients: [],
    distributions: [null, null, null, null, null, null],
    ...given,
  };
}

/** A host that has counted something in everything that there is. */
export function hostOfAll(name: string): HostSnapshot {
  const rows = associate(
    TABLE_NAMES,
    (
      table,
    ) => [rowOf(HOST_TABLES[table].labels, HOST_TABLES[table].labels.map(() => "x").join(" "), 1)],
  );
  return exampleHost(name, {
    ...associate(NUMBER_NAMES, () => 1),
    ...associate(VECTOR_NAMES, (vector) => HOST_VECTORS[vector].names.map(() => 1)),
    ...rows as unknown as HostTables,
    addresses: [{ ip: "192.0.2.1", hits: SOURCES.map(() => 1) }],
    phases: PHASES.map(() => exampleDurations({ 0: 1 }, 0.001)),
    routes: [exampleRoute("/x")],
  });
}

/** A route that was asked for once. */
export const exampleRoute = (route: string): RouteSnapshot => ({
  method: "GET",
  route,
  codes: [{ code: "200", count: 1 }],
  processing: exampleDurations({ 0: 1 }, 0.001),
});

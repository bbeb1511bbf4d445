// Snapshots made by hand, for the tests of the outputs.

import { countsFrom } from "../hosts/capture_counters.ts";
import { HISTORY_SECONDS, type Inspection } from "../hosts/history.ts";
import {
  BUCKETS,
  type DurationSnapshot,
  type HostSnapshot,
  type Snapshot,
} from "../hosts/snapshot.ts";

/** A host that was never seen, but for what is given. */
export function exampleHost(name: string, given: Partial<HostSnapshot> = {}): HostSnapshot {
  return {
    name,
    hits: [0, 0, 0, 0],
    errors: 0,
    requests: [],
    handshakes: [],
    quicHandshakes: [],
    grpc: [],
    addresses: [],
    phases: [null, null, null, null, null, null],
    requestBodyBytes: 0,
    responseBodyBytes: 0,
    bytesSent: 0,
    bytesReceived: 0,
    connections: [0, 0],
    connectionsOpen: [0, 0],
    firstSeen: 1_700_000_000_000_000,
    lastSeen: 1_700_000_000_500_000,
    ...given,
  };
}

/** Nothing captured, but for what is given. */
export function exampleSnapshot(given: Partial<Snapshot> = {}): Snapshot {
  return {
    time: 1_700_000_001_000_000,
    interfaces: [],
    traffic: null,
    hosts: [],
    hostsKept: 0,
    ...countsFrom(({ labels }) => labels.length === 0 ? 0 : []),
    ...given,
  };
}

/** Durations of which `counts[i]` fell into bucket i. */
export function exampleDurations(counts: Record<number, number>, sum: number): DurationSnapshot {
  const all = Array.from({ length: BUCKETS.length + 1 }, (_, i) => counts[i] ?? 0);
  const count = all.reduce((total, value) => total + value, 0);
  return { counts: all, count, sum, p50: sum / count, p95: sum / count, p99: sum / count };
}

/** A host of everything, as a busy machine sees many. */
export function busyHost(name: string): HostSnapshot {
  const durations = exampleDurations({ 0: 5, 3: 2, 14: 1 }, 12.345678);
  return exampleHost(name, {
    hits: [120, 30, 4, 12],
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
    addresses: [{ ip: "192.0.2.1", hits: [120, 30, 0, 0] }, { ip: "", hits: [0, 0, 4, 12] }],
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
    clients: [],
    distributions: [null, null, null, null, null, null],
    ...given,
  };
}

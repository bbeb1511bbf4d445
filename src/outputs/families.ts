// The metrics: one table, in the order of the page. Numbers come from the snapshot, as they are.

import { COUNTER_LIST, type KeyedCounter, rowsOf } from "../hosts/capture_counters.ts";
import { type AddressColumn, type Column, type HostColumn, type View } from "../hosts/columns.ts";
import {
  type DurationSnapshot,
  type HostSnapshot,
  PHASES,
  type Snapshot,
  SOURCES,
  TRANSPORTS,
} from "../hosts/snapshot.ts";
import type { Family, Labels, NumberFamily } from "./exposition.ts";

type Sample = readonly [Labels, number];

export const FAMILIES: readonly Family[] = [
  {
    name: "webstat_hits_total",
    help: "HTTP requests, TLS and QUIC handshakes and DNS queries of a host.",
    type: "counter",
    values: hits,
  },
  {
    name: "webstat_http_requests_total",
    help: 'HTTP requests; code="" where no answer was seen.',
    type: "counter",
    values: (snapshot) =>
      perHost(snapshot, function* (host) {
        for (const { method, code, version, count } of host.requests) {
          yield [{ host: host.name, method, code, version }, count];
        }
      }),
  },
  {
    name: "webstat_phase_duration_seconds",
    help: "How long the phases of a request took, by packet time.",
    type: "histogram",
    values: (snapshot) => phases(snapshot),
  },
  {
    name: "webstat_http_request_body_bytes_total",
    help: "Payload bytes of HTTP requests.",
    type: "counter",
    values: (snapshot) => ofRequested(snapshot, (host) => host.requestBodyBytes),
  },
  {
    name: "webstat_http_response_body_bytes_total",
    help: "Payload bytes of HTTP answers.",
    type: "counter",
    values: (snapshot) => ofRequested(snapshot, (host) => host.responseBodyBytes),
  },
  {
    name: "webstat_host_bytes_total",
    help: "Bytes on the wire, as the client sent and received them.",
    type: "counter",
    values: (snapshot) =>
      perHost(snapshot, (host) => [
        [{ host: host.name, direction: "sent" }, host.bytesSent],
        [{ host: host.name, direction: "received" }, host.bytesReceived],
      ]),
  },
  {
    name: "webstat_host_connections_total",
    help: "Connections to a host since the capture began.",
    type: "counter",
    values: (snapshot) => perTransport(snapshot, (host) => host.connections),
  },
  {
    name: "webstat_host_connections_open",
    help: "Connections to a host that are open.",
    type: "gauge",
    values: (snapshot) => perTransport(snapshot, (host) => host.connectionsOpen),
  },
  {
    name: "webstat_tls_handshakes_total",
    help: 'TLS handshakes as negotiated; version="" where no answer was seen.',
    type: "counter",
    values: (snapshot) =>
      perHost(snapshot, function* (host) {
        for (const { version, alpn, count } of host.handshakes) {
          yield [{ host: host.name, version, alpn }, count];
        }
      }),
  },
  {
    name: "webstat_quic_handshakes_total",
    help: "QUIC handshakes by version, and by the protocol that the client offered first.",
    type: "counter",
    values: (snapshot) =>
      perHost(snapshot, function* (host) {
        for (const { version, alpn, count } of host.quicHandshakes) {
          yield [{ host: host.name, version, alpn }, count];
        }
      }),
  },
  {
    name: "webstat_grpc_responses_total",
    help: "Answers to gRPC calls by their status, which servers send behind the answer.",
    type: "counter",
    values: (snapshot) =>
      perHost(snapshot, function* (host) {
        for (const { status, count } of host.grpc) yield [{ host: host.name, status }, count];
      }),
  },
  {
    name: "webstat_capture_packets_total",
    help: "Packets read.",
    type: "counter",
    values: (snapshot) => perInterface(snapshot, (it) => it.packets),
  },
  {
    name: "webstat_capture_bytes_total",
    help: "Bytes of the packets read, as they were on the wire.",
    type: "counter",
    values: (snapshot) => perInterface(snapshot, (it) => it.bytes),
  },
  {
    name: "webstat_capture_dropped_total",
    help: "Packets lost before they could be read, by the kernel or by the network interface.",
    type: "counter",
    values: (snapshot) => dropped(snapshot),
  },
  {
    name: "webstat_hosts",
    help: "Hosts that are counted one by one.",
    type: "gauge",
    values: (snapshot) => [[{}, snapshot.hostsKept]],
  },
  ...COUNTER_LIST.map(captureFamily),
];

/** A gauge for each column of numbers that no other metric tells. */
export function columnFamilies(columns: readonly Column[]): NumberFamily[] {
  return columns.filter(isHostColumn)
    .filter((column) => column.metric !== false && column.kind !== "text")
    .map((column) => ({
      name: `webstat_host_${column.key}`,
      help: column.help,
      type: "gauge",
      values: (snapshot, view) =>
        perHost(snapshot, function* (host) {
          const value = column.value(host, view.context);
          if (typeof value === "number") yield [{ host: host.name }, value];
        }),
    }));
}

const isHostColumn = (column: Column): column is HostColumn => column.of === "host";

const isAddressColumn = (column: Column): column is AddressColumn => column.of === "address";

function* perHost(
  snapshot: Snapshot,
  samples: (host: HostSnapshot) => Iterable<Sample>,
): Iterable<Sample> {
  for (const host of snapshot.hosts) yield* samples(host);
}

/** Only where a request was seen: nothing is known of the payload of others. */
function* ofRequested(
  snapshot: Snapshot,
  value: (host: HostSnapshot) => number,
): Iterable<Sample> {
  for (const host of snapshot.hosts) {
    if (host.requests.length > 0) yield [{ host: host.name }, value(host)];
  }
}

function* perTransport(
  snapshot: Snapshot,
  values: (host: HostSnapshot) => readonly number[],
): Iterable<Sample> {
  for (const host of snapshot.hosts) {
    for (const [i, transport] of TRANSPORTS.entries()) {
      // A transport that was never used by a host needs no series.
      if (host.connections[i]! > 0) yield [{ host: host.name, transport }, values(host)[i]!];
    }
  }
}

function* perInterface(
  snapshot: Snapshot,
  value: (it: Snapshot["interfaces"][number]) => number,
): Iterable<Sample> {
  for (const it of merged(snapshot.interfaces)) yield [{ interface: it.name }, value(it)];
}

function* dropped(snapshot: Snapshot): Iterable<Sample> {
  for (const { name, dropped } of merged(snapshot.interfaces)) {
    if (dropped === null) continue;
    yield [{ interface: name, by: "kernel" }, dropped.kernel];
    yield [{ interface: name, by: "interface" }, dropped.interface];
  }
}

/** Several files may describe interfaces of one name; a series must not come twice. */
function merged(interfaces: Snapshot["interfaces"]): Snapshot["interfaces"] {
  const byName = new Map<string, Snapshot["interfaces"][number]>();
  for (const it of interfaces) {
    const seen = byName.get(it.name);
    byName.set(
      it.name,
      seen === undefined ? it : {
        name: it.name,
        packets: seen.packets + it.packets,
        bytes: seen.bytes + it.bytes,
        dropped: seen.dropped === null || it.dropped === null ? seen.dropped ?? it.dropped : {
          kernel: seen.dropped.kernel + it.dropped.kernel,
          interface: seen.dropped.interface + it.dropped.interface,
        },
      },
    );
  }
  return [...byName.values()];
}

function* phases(snapshot: Snapshot): Iterable<readonly [Labels, DurationSnapshot]> {
  for (const host of snapshot.hosts) {
    for (const [i, phase] of PHASES.entries()) {
      const durations = host.phases[i];
      if (durations) yield [{ host: host.name, phase }, durations];
    }
  }
}

/** A counter of the capture as a whole. */
function captureFamily({ key, metric, type, help, labels }: KeyedCounter): NumberFamily {
  return {
    name: metric,
    type,
    help,
    *values(snapshot) {
      for (const row of rowsOf(snapshot, key)) {
        yield [Object.fromEntries(labels.map((label) => [label, String(row[label])])), row.count];
      }
    },
  };
}

/** Hits by source, and by whatever text columns were asked for. */
function* hits(snapshot: Snapshot, view: View): Iterable<Sample> {
  const texts = view.columns.filter(isHostColumn)
    .filter((column) => column.metric !== false && column.kind === "text");
  const addressColumns = view.columns.filter(isAddressColumn);
  for (const host of snapshot.hosts) {
    const common: Record<string, string> = {};
    for (const column of texts) {
      common[column.key] = String(column.value(host, view.context) ?? "");
    }
    for (const [labels, counted] of byAddress(host, addressColumns, view)) {
      for (let i = 0; i < SOURCES.length; i++) {
        if (counted[i]! === 0) continue;
        yield [{ host: host.name, source: SOURCES[i]!, ...common, ...labels }, counted[i]!];
      }
    }
  }
}

/**
 * Hits by source for each set of values that the address columns give: two addresses in one city
 * are one series where only cities are asked for.
 */
function byAddress(
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

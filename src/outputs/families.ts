// All metrics of a snapshot, in the order of the page.

import { COUNTER_LIST, type KeyedCounter, rowsOf } from "../hosts/capture_counters.ts";
import type { Column, HostColumn, View } from "../hosts/columns.ts";
import { PHASES } from "../hosts/fields.ts";
import { mergeByName } from "../hosts/merge_interfaces.ts";
import type { DurationSnapshot, Snapshot } from "../hosts/snapshot.ts";
import {
  type Family,
  type MetricSample,
  type NumberFamily,
  type Sample,
  sinceOf,
} from "./family.ts";
import { hits } from "./hits.ts";
import { HOST_FAMILIES } from "./host_families.ts";
import { legacyFamily } from "./legacy_family.ts";
import { ROUTE_FAMILIES } from "./route_families.ts";
import { CLIENT_FAMILIES, PROCESS_FAMILIES } from "./pair_families.ts";

const FAMILIES: readonly Family[] = [
  {
    name: "webstat_hits_total",
    help: "HTTP requests, TLS and QUIC handshakes and DNS queries of a host.",
    type: "counter",
    ofHosts: true,
    values: hits,
  },
  {
    name: "webstat_phase_duration_seconds",
    help: "How long the phases of a request took, by packet time.",
    type: "histogram",
    ofHosts: true,
    values: (snapshot) => phases(snapshot),
  },
  ...HOST_FAMILIES,
  ...ROUTE_FAMILIES,
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
  ...PROCESS_FAMILIES,
  ...CLIENT_FAMILIES,
  ...COUNTER_LIST.map(captureFamily),
];

/** All that are served. */
export function familiesOf({ columns, isServed, legacyName }: View): readonly Family[] {
  const families = [...FAMILIES, ...columnFamilies(columns)].filter(({ name }) => isServed(name));
  return legacyName === undefined ? families : [...families, legacyFamily(legacyName)];
}

/** A gauge for each column of numbers that no other metric has. */
function columnFamilies(columns: readonly Column[]): NumberFamily[] {
  return columns.filter(isHostColumn)
    .filter((column) => column.metric !== false && column.kind !== "text")
    .map((column) => ({
      name: `webstat_host_${column.key}`,
      help: column.help,
      type: "gauge",
      ofHosts: true,
      *values({ hosts }, view) {
        for (const host of hosts) {
          const value = column.value(host, view.context);
          if (typeof value === "number") yield [{ host: host.name }, value];
        }
      },
    }));
}

const isHostColumn = (column: Column): column is HostColumn => column.of === "host";

function* perInterface(
  snapshot: Snapshot,
  value: (it: Snapshot["interfaces"][number]) => number,
): Iterable<MetricSample> {
  for (const it of mergeByName(snapshot.interfaces)) yield [{ interface: it.name }, value(it)];
}

function* dropped(snapshot: Snapshot): Iterable<MetricSample> {
  for (const { name, dropped } of mergeByName(snapshot.interfaces)) {
    if (dropped === null) continue;
    yield [{ interface: name, by: "kernel" }, dropped.kernel];
    yield [{ interface: name, by: "interface" }, dropped.interface];
  }
}

function* phases(snapshot: Snapshot): Iterable<Sample<DurationSnapshot>> {
  for (const host of snapshot.hosts) {
    const all = host.phases;
    for (const [i, phase] of PHASES.entries()) {
      const durations = all[i];
      if (durations) yield [{ host: host.name, phase }, durations, sinceOf(host)];
    }
  }
}

/** A counter of the capture as a whole. */
function captureFamily({ key, metric, labels }: KeyedCounter): NumberFamily {
  return {
    ...metric,
    *values(snapshot) {
      for (const row of rowsOf(snapshot, key)) {
        yield [Object.fromEntries(labels.map((label) => [label, String(row[label])])), row.count];
      }
    },
  };
}

// The final report as JSON (--json): everything that was counted. Keys do not change. Durations and
// times are in seconds, sizes in bytes; what is not known is null.

import { COUNTER_LIST } from "../hosts/capture_counters.ts";
import type { View } from "../hosts/columns.ts";
import { bucketCounts } from "../hosts/duration_snapshot.ts";
import {
  HOST_NUMBERS,
  HOST_TABLES,
  HOST_VECTORS,
  NUMBER_NAMES,
  PHASES,
  type RULES,
  TABLE_NAMES,
  VECTOR_NAMES,
} from "../hosts/fields.ts";
import { SOURCES } from "../protocols/analyser.ts";
import type { DurationSnapshot, HostSnapshot, Snapshot } from "../hosts/snapshot.ts";
import { sum } from "../sums.ts";
import { safeJson } from "../text.ts";
import { VERSION } from "../version.ts";
import { byHits } from "./host_order.ts";
import { CLIENTS, labelsOf, type PairKind, PROCESSES } from "./pair_families.ts";

/** The report as one JSON document on one line. */
export function reportJson(snapshot: Snapshot, view: View): string {
  return safeJson(
    {
      webstat: VERSION,
      time: snapshot.time === 0 ? null : seconds(snapshot.time),
      interfaces: snapshot.interfaces,
      ...Object.fromEntries(
        COUNTER_LIST.filter(({ isState }) => !isState)
          .map(({ key }) => [snakeCase(key), snapshot[key]]),
      ),
      hosts: byHits(snapshot.hosts).map((host) => hostJson(host, view)),
      ...pairs(PROCESSES, snapshot),
      ...pairs(CLIENTS, snapshot),
    },
  ) + "\n";
}

/** Under the name of the kind; nothing if it was not asked for. */
function pairs({ key: name, labels, rows }: PairKind, snapshot: Snapshot): Record<string, unknown> {
  const all = rows(snapshot);
  if (all === null) return {};
  const told = all.map(({ key, host, connections, bytesSent, bytesReceived, hits }) => ({
    ...labelsOf(labels, key),
    host,
    connections,
    hits_by_source: named(SOURCES, hits),
    sent_bytes: bytesSent,
    received_bytes: bytesReceived,
  }));
  return { [name]: told };
}

/** First the columns, then the counters that they are made of. */
function hostJson(host: HostSnapshot, view: View): Record<string, unknown> {
  return {
    ...columnValues(host, view),
    ...addresses(host, view),
    hits_by_source: named(SOURCES, host.hits),
    ...Object.fromEntries(TABLE_NAMES.map((name) => [HOST_TABLES[name].json, host[name]])),
    phases: Object.fromEntries(
      PHASES.map((phase, i) => [phase, durations(host.phases[i] ?? null)]),
    ),
    ...routes(host),
    ...numbers(host, (rule) => rule === "sum"),
    ...vectors(host),
    ...numbers(host, (rule) => rule !== "sum"),
  };
}

/** Nothing without --routes. */
function routes({ routes }: HostSnapshot): Record<string, unknown> {
  if (routes.length === 0) return {};
  return {
    routes: routes.map(({ method, route, codes, processing }) => ({
      method,
      route,
      codes,
      processing: durations(processing),
    })),
  };
}

/** Those that no column shows; times in seconds. */
function numbers(
  host: HostSnapshot,
  isWanted: (rule: keyof typeof RULES) => boolean,
): Record<string, number> {
  const told: Record<string, number> = {};
  for (const name of NUMBER_NAMES) {
    const { json, rule } = HOST_NUMBERS[name];
    if (json === null || !isWanted(rule)) continue;
    told[json] = rule === "sum" ? host[name] : seconds(host[name]);
  }
  return told;
}

function vectors(host: HostSnapshot): Record<string, unknown> {
  const told: Record<string, unknown> = {};
  for (const name of VECTOR_NAMES) {
    const { json, names } = HOST_VECTORS[name];
    if (json !== null) told[json] = named(names, host[name]);
  }
  return told;
}

function columnValues(host: HostSnapshot, view: View): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const column of view.columns) {
    if (column.of === "host") values[column.key] = column.value(host, view.context);
  }
  return values;
}

/** For each address the values of the address columns; nothing if there are no such columns. */
function addresses(host: HostSnapshot, view: View): Record<string, unknown> {
  const columns = view.columns.filter((column) => column.of === "address");
  if (columns.length === 0) return {};
  return {
    addresses: host.addresses.map((address) => ({
      ...Object.fromEntries(
        columns.map((each) => [each.key, each.value(address.ip, view.context)]),
      ),
      hits: sum(address.hits),
      hits_by_source: named(SOURCES, address.hits),
    })),
  };
}

function durations(of: DurationSnapshot | null): Record<string, unknown> | null {
  if (of === null) return null;
  const { count, sum, p50, p95, p99 } = of;
  return { count, sum, p50, p95, p99, buckets: cumulative(of) };
}

/**
 * How many durations were at most each bound, as in a Prometheus histogram. In their order: a key
 * such as "1" would come first, but "1.0" does not.
 */
function cumulative(of: DurationSnapshot): Record<string, number> {
  const counts = bucketCounts(of);
  let total = 0;
  return Object.fromEntries(
    of.scale.boundTexts.map((bound, i) => [bound, total += counts[i]!]),
  );
}

function named(names: readonly string[], values: readonly number[]): Record<string, number> {
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? 0]));
}

const snakeCase = (key: string): string =>
  key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const seconds = (micros: number): number => micros / 1e6;

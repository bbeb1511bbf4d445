// For tests: hosts as a packer takes them, and as plain data to compare.

import { associate } from "../associate.ts";
import type { HttpExchange } from "../protocols/transactions.ts";
import { HOST_TABLES, NUMBER_NAMES, TABLE_NAMES, type TableName, VECTOR_NAMES } from "./fields.ts";
import type { Host } from "./host.ts";
import { keyOf, type LabelledRow } from "./labelled.ts";
import { type CountedHost, HostPacker } from "./packed_hosts.ts";
import { HostReader } from "./read_hosts.ts";
import type { DurationSnapshot, HostSnapshot } from "./snapshot.ts";

/** What a packer takes of a host that has counted just this. */
export function countedAs(host: HostSnapshot): CountedHost {
  return {
    ...fieldsOf(host),
    tables: associate(TABLE_NAMES, (name) => rowsOf(host, name)),
    addresses: new Map(host.addresses.map(({ ip, hits }) => [ip, hits])),
    phases: host.phases.map(countedDurations),
    routes: host.routes.map(({ codes, processing, ...route }) => ({
      ...route,
      codes: new Map(codes.map((row) => [row.code, row])),
      durations: countedDurations(processing),
    })),
  };
}

const countedDurations = (durations: DurationSnapshot | null) =>
  durations && {
    sum: durations.sum,
    eachStep: (visit: (step: number, count: number) => void) =>
      durations.counts.forEach((count, i) => count > 0 && visit(durations.lowest + i, count)),
  };

function rowsOf(host: HostSnapshot, name: TableName): Map<string, { count: number }> {
  const rows: readonly LabelledRow[] = host[name];
  return new Map(rows.map((row) => [keyOf(HOST_TABLES[name].labels, row), { count: row.count }]));
}

/** All fields of a host, as plain data. */
export function fieldsOf(host: HostSnapshot): HostSnapshot {
  const names = [
    "name",
    "addresses",
    "phases",
    "routes",
    ...NUMBER_NAMES,
    ...VECTOR_NAMES,
    ...TABLE_NAMES,
  ];
  const fields = Object.fromEntries(
    (names as (keyof HostSnapshot)[]).map((name) => [name, host[name]]),
  ) as unknown as HostSnapshot;
  const phases = fields.phases.map(plainDurations);
  const routes = fields.routes.map((route) => ({
    ...route,
    processing: plainDurations(route.processing),
  }));
  return { ...fields, phases, routes };
}

/** However their steps were given. */
function plainDurations(durations: DurationSnapshot | null): DurationSnapshot | null {
  if (durations === null) return null;
  const { scale, lowest, counts, count, sum, p50, p95, p99 } = durations;
  const steps = counts.flatMap((count, i) => count > 0 ? [lowest + i, count] : []);
  const ends = { from: 0, to: steps.length };
  return { scale, lowest, counts, count, sum, p50, p95, p99, steps, ...ends };
}

/** Hosts as the main thread gets them. */
export function hostSnapshots(hosts: Iterable<CountedHost>): HostSnapshot[] {
  return new HostReader().read(new HostPacker().pack(hosts));
}

export const hostSnapshot = (host: Host): HostSnapshot => hostSnapshots([host])[0]!;

/** A request with its answer, of which nothing was timed, but for what is given. */
export function exchangeOf(given: Partial<HttpExchange>): HttpExchange {
  return {
    version: "1.1",
    method: "GET",
    host: "",
    target: "/",
    status: 200,
    requestBytes: 0,
    responseBytes: 0,
    requestTime: 0,
    responseTime: 0,
    responseEnd: 0,
    contentType: null,
    userAgent: null,
    grpcStatus: null,
    ...given,
  };
}

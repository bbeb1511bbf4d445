// What /metrics says of webstat itself: its version, and the process_* metrics that every exporter
// has.

import process from "node:process";
import { listSystemFolder, readSystemFile } from "../../ffi/raw_file.ts";
import { counter, gauge, type Metric } from "../hosts/metric.ts";
import type { Privileges } from "../privileges/confine.ts";
import { VERSION } from "../version.ts";
import type { Labels, MetricSample, NumberFamily } from "./family.ts";
import { type PushCounts, pushFamilies } from "./push_families.ts";

/** What this process says of itself, beyond what the system knows. */
export interface ProcessFacts {
  /** What it may do; null while that is not known. */
  privileges(): Privileges | null;
  /** The interfaces of a live capture, and whether each gives packets. */
  interfaces(): readonly { readonly name: string; readonly isUp: boolean }[];
  /** Connections to the endpoint that were closed, by reason. */
  readonly closed: Readonly<Record<string, number>>;
  /** What became of the metrics that were pushed, for each server. */
  readonly pushed: readonly PushCounts[];
}

export const NO_FACTS: ProcessFacts = {
  privileges: () => null,
  interfaces: () => [],
  closed: {},
  pushed: [],
};

/** Metrics that are read when they are shown. */
export function processFamilies(facts: ProcessFacts): readonly NumberFamily[] {
  return [
    one(
      gauge("webstat_build_info", "The version of webstat, and of the Deno that runs it."),
      () => 1,
      { version: VERSION, deno: Deno.version.deno },
    ),
    {
      ...gauge(
        "webstat_privileges_info",
        "Whom webstat runs as, and what is left of its rights.",
      ),
      values: () => privilegesInfo(facts.privileges()),
    },
    {
      ...gauge(
        "webstat_capture_up",
        "1 while an interface can be captured from, 0 while it is down or gone.",
      ),
      values: () =>
        facts.interfaces().map(({ name, isUp }) => [{ interface: name }, isUp ? 1 : 0] as const),
    },
    one(
      counter("process_cpu_seconds_total", "Time that the processors spent on this process."),
      cpuSeconds,
    ),
    one(
      gauge("process_start_time_seconds", "When this process began, in seconds since 1970."),
      () => performance.timeOrigin / 1000,
    ),
    {
      ...counter(
        "webstat_endpoint_connections_closed_total",
        "Connections to this endpoint that were closed before their clients closed them.",
      ),
      values: () =>
        Object.entries(facts.closed).map(([reason, count]) => [{ reason }, count] as const),
    },
    one(gauge("process_resident_memory_bytes", "Memory in use."), () => process.memoryUsage.rss()),
    one(gauge("process_virtual_memory_bytes", "Address space in use."), virtualMemory),
    one(gauge("process_open_fds", "File descriptors in use."), openFiles),
    one(gauge("process_max_fds", "The most file descriptors that may be in use."), mostFiles),
    ...pushFamilies(facts.pushed),
  ];
}

/** A metric of one sample; of none if `read` says null, as this system does not tell. */
function one(metric: Metric, read: () => number | null, labels: Labels = {}): NumberFamily {
  return {
    ...metric,
    values() {
      const value = read();
      return value === null ? [] : [[labels, value]];
    },
  };
}

function privilegesInfo(now: Privileges | null): MetricSample[] {
  if (now === null) return [];
  return [[{
    user: now.user,
    capabilities: now.capabilities,
    no_new_privs: String(now.noNewPrivileges),
    seccomp: String(now.seccomp),
    landlock: now.landlock === 0 ? "false" : String(now.landlock),
  }, 1]];
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function virtualMemory(): number | null {
  const size = readSystemFile("/proc/self/status")?.match(/^VmSize:\s+(\d+) kB/m)?.[1];
  return size === undefined ? null : Number(size) * 1024;
}

function mostFiles(): number | null {
  const limit = readSystemFile("/proc/self/limits")?.match(/^Max open files\s+(\d+)/m)?.[1];
  return limit === undefined ? null : Number(limit);
}

function openFiles(): number | null {
  if (Deno.build.os !== "linux") return null;
  const names = listSystemFolder("/proc/self/fd");
  // One of them is the folder that is being read.
  return names === null ? null : names.length - 1;
}

// What /metrics says of webstat itself: its version, and the process_* metrics that every exporter
// has. prom-client's own process metrics are not used: they come along with nodejs_* ones that Deno
// answers with NaN and that `promtool check metrics` refuses.

import process from "node:process";
import { Counter, Gauge, Registry } from "prom-client";
import { listSystemFolder, readSystemFile } from "../../ffi/raw_file.ts";
import type { Privileges } from "../privileges/confine.ts";
import { VERSION } from "../version.ts";

/** What this process says of itself, beyond what the system knows. */
export interface ProcessFacts {
  /** What it may do; null while that is not known. */
  privileges(): Privileges | null;
  /** The interfaces of a live capture, and whether each gives packets. */
  interfaces(): readonly { readonly name: string; readonly isUp: boolean }[];
  /** Connections to the endpoint that were closed, by reason. */
  readonly closed: Readonly<Record<string, number>>;
}

export const NO_FACTS: ProcessFacts = { privileges: () => null, interfaces: () => [], closed: {} };

/** A registry that reads its metrics at each scrape. */
export function selfMetrics({ privileges, interfaces, closed }: ProcessFacts): Registry {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: "webstat_build_info",
    help: "The version of webstat, and of the Deno that runs it.",
    labelNames: ["version", "deno"],
    registers,
  }).set({ version: VERSION, deno: Deno.version.deno }, 1);
  addPrivileges(registers, privileges);
  addInterfaces(registers, interfaces);
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Time that the processors spent on this process.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: "process_start_time_seconds",
    help: "When this process began, in seconds since 1970.",
    registers,
  }).set(performance.timeOrigin / 1000);
  new Counter({
    name: "webstat_endpoint_connections_closed_total",
    help: "Connections to this endpoint that were closed before their clients closed them.",
    labelNames: ["reason"],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(closed)) this.inc({ reason }, count);
    },
  });
  for (const [name, help, read] of READINGS) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const value = read();
        if (value === null) this.remove();
        else this.set(value);
      },
    });
  }
  return registry;
}

function addInterfaces(registers: Registry[], interfaces: ProcessFacts["interfaces"]): void {
  new Gauge({
    name: "webstat_capture_up",
    help: "1 while an interface can be captured from, 0 while it is down or gone.",
    labelNames: ["interface"],
    registers,
    collect() {
      this.reset();
      for (const { name, isUp } of interfaces()) this.set({ interface: name }, isUp ? 1 : 0);
    },
  });
}

function addPrivileges(registers: Registry[], privileges: ProcessFacts["privileges"]): void {
  new Gauge({
    name: "webstat_privileges_info",
    help: "Whom webstat runs as, and what is left of its rights.",
    labelNames: ["user", "capabilities", "no_new_privs", "seccomp", "landlock"],
    registers,
    collect() {
      const now = privileges();
      if (now === null) return;
      this.set({
        user: now.user,
        capabilities: now.capabilities,
        no_new_privs: String(now.noNewPrivileges),
        seccomp: String(now.seccomp),
        landlock: now.landlock === 0 ? "false" : String(now.landlock),
      }, 1);
    },
  });
}

/** Null if this system does not say. */
const READINGS: readonly (readonly [string, string, () => number | null])[] = [
  ["process_resident_memory_bytes", "Memory in use.", () => process.memoryUsage.rss()],
  ["process_virtual_memory_bytes", "Address space in use.", virtualMemory],
  ["process_open_fds", "File descriptors in use.", openFiles],
  ["process_max_fds", "The most file descriptors that may be in use.", mostFiles],
];

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

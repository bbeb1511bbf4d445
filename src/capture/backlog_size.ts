// How much memory packets may take while they wait for being decoded.

import { HUGE_PAGE } from "../../ffi/dump_space.ts";
import { readSystemFile } from "../../ffi/raw_file.ts";

/** A burst at 10 Gbit/s of nearly a second. */
const MOST_BYTES = 1 << 30;
/** 63 packets of the largest size. */
export const LEAST_BACKLOG = 16 << 20;
/** Of what is available: enough is left for the hosts and flows that the packets make, and for others. */
const SHARE = 1 / 4;

/** For each of so many workers of this process, in whole huge pages. */
export function backlogBytes(workers = 1, available = availableMemory()): number {
  const share = Math.min(MOST_BYTES, available * SHARE) / workers;
  return Math.max(LEAST_BACKLOG, Math.floor(share / HUGE_PAGE) * HUGE_PAGE);
}

/** What the machine has left, or less where this process may not have it all. */
function availableMemory(): number {
  const { available } = Deno.systemMemoryInfo();
  return Math.min(available, ...limitFiles().map(limitIn));
}

/** Where Linux says what a container or service may use: control groups of version 2 and 1. */
function limitFiles(): string[] {
  const group = (pattern: RegExp) =>
    pattern.exec(readSystemFile("/proc/self/cgroup") ?? "")?.[1] ?? "";
  const root = "/sys/fs/cgroup";
  return [
    `${root}${group(/^0::(\/.*)$/m)}/memory.max`,
    `${root}/memory.max`,
    `${root}/memory${group(/^\d+:memory:(\/.*)$/m)}/memory.limit_in_bytes`,
    `${root}/memory/memory.limit_in_bytes`,
  ];
}

/** In bytes; no limit where there is none, or it cannot be read. */
function limitIn(file: string): number {
  return Number.parseInt(readSystemFile(file) ?? "") || Infinity;
}

// How much memory webstat may take, and for what: nearly half of --memory for packets that wait for being decoded,
// the most part of the other half for what they make it keep. The rest is what V8 leaves uncollected.

import { HUGE_PAGE } from "../ffi/dump_space.ts";
import { readSystemFile } from "../ffi/raw_file.ts";

/** Unless --memory says otherwise; of the machine's memory, or its container's, at most this share. */
const DEFAULT_BYTES = 1 << 30;
const DEFAULT_SHARE = 1 / 2;
/** Packets of a burst at 10 Gbit/s of nearly half a second. */
const BACKLOG_SHARE = 1 / 2;
/** Less what V8 leaves uncollected however small the budget is. */
const UNCOLLECTED = 16 << 20;
const STATE_SHARE = 5 / 16;
/** 63 packets of the largest size. */
export const LEAST_BACKLOG = 16 << 20;

/** The budget in bytes; `given` is --memory, null for what fits the memory that is `available`. */
export function memoryBudget(given: number | null, available?: number): number {
  return given ??
    Math.min(DEFAULT_BYTES, Math.floor((available ?? availableMemory()) * DEFAULT_SHARE));
}

/** For packets that wait, for each of so many workers, in whole huge pages. */
export function backlogBytes(budget: number, workers = 1): number {
  const share = (budget * BACKLOG_SHARE - UNCOLLECTED) / workers;
  return Math.max(LEAST_BACKLOG, Math.floor(share / HUGE_PAGE) * HUGE_PAGE);
}

/** For what the packets make a worker keep, for each of so many workers. */
export function stateBytes(budget: number, workers = 1): number {
  return Math.floor(budget * STATE_SHARE / workers);
}

/** What the machine has left, or less where this process may not have it all. */
export function availableMemory(): number {
  const { available } = Deno.systemMemoryInfo();
  groupLimit ??= Math.min(...limitFiles().map(limitIn));
  return Math.min(available, groupLimit);
}

/** What the control groups of this process allow, read once. */
let groupLimit: number | null = null;

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

// Filters of system calls (seccomp(2)).

import { programDescription } from "./bpf_program.ts";
import { systemCall } from "./linux.ts";
import { addressOf } from "./memory_address.ts";

const SET_MODE_FILTER = 1;
/** All threads get the filter; and none is slowed down by mitigations that filters bring along. */
const FLAG_ALL_THREADS = 1;
const FLAG_ALLOW_SPECULATION = 4;

/**
 * Has the kernel ask `program` (classic BPF) about each system call of this process and what it
 * starts, for good. This thread must have no_new_privs; the others get it. False if the kernel has no
 * filters.
 */
export function filterCalls(program: Uint8Array<ArrayBuffer>): boolean {
  const description = programDescription(program);
  const flags = FLAG_ALL_THREADS | FLAG_ALLOW_SPECULATION;
  return systemCall("seccomp", SET_MODE_FILTER, flags, addressOf(description)) === 0;
}

// What the kernel says of each thread of this process (proc_pid_status(5)).

import { readSystemFile } from "../../ffi/raw_file.ts";
import { threadIds } from "../../ffi/threads.ts";

export interface ThreadStatus {
  readonly thread: number;
  /** Real, effective, saved, and of the file system. */
  readonly users: readonly number[];
  readonly groups: readonly number[];
  readonly furtherGroups: readonly number[];
  /** As bits: effective, permitted, inheritable and ambient ones. */
  readonly capabilities: readonly bigint[];
  readonly noNewPrivileges: boolean;
  /** Whether a filter looks at its system calls. */
  readonly isFiltered: boolean;
}

/** Those that end meanwhile are left out. */
export function threadStatuses(): ThreadStatus[] {
  return threadIds().map(threadStatus).filter((status) => status !== null);
}

/** Null if it has ended. */
export function threadStatus(thread: number): ThreadStatus | null {
  const text = readSystemFile(`/proc/self/task/${thread}/status`);
  return text === null ? null : parseStatus(thread, text);
}

/** `text`: the file of a thread. */
export function parseStatus(thread: number, text: string): ThreadStatus {
  const fields = new Map(
    text.split("\n").map((line) => {
      const [name, value = ""] = line.split(":");
      return [name, value.trim()];
    }),
  );
  const field = (name: string) => fields.get(name) ?? "";
  const numbers = (name: string) => field(name).split(/\s+/).filter(Boolean).map(Number);
  return {
    thread,
    users: numbers("Uid"),
    groups: numbers("Gid"),
    furtherGroups: numbers("Groups"),
    capabilities: ["CapEff", "CapPrm", "CapInh", "CapAmb"].map((name) =>
      BigInt(`0x${field(name) || "0"}`)
    ),
    noNewPrivileges: field("NoNewPrivs") === "1",
    isFiltered: field("Seccomp") === "2",
  };
}

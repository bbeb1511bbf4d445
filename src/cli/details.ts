// What --verbose tells: how the capture was set up, and what it came to.

import { availableMemory } from "../memory_budget.ts";
import { rowsOf } from "../hosts/capture_counters.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { PipelineOptions } from "../pipeline/pipeline_options.ts";
import type { Privileges } from "../privileges/confine.ts";
import { plural, printable } from "../text.ts";
import { VERSION } from "../version.ts";

/** As options have it. */
const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/** What is captured, and what that may take. */
export function captureDetails(options: PipelineOptions, workers: number): string[] {
  const { filter, memory, maxHosts, keyLogs } = options;
  return [
    `webstat ${VERSION}, Deno ${Deno.version.deno}, ${Deno.build.target}, process ${Deno.pid}`,
    `capture: ${inputDetail(options)}, filter ${filter === null ? "none" : printable(filter)}`,
    `limits: ${mebibytes(memory ?? 0)} of ${mebibytes(availableMemory())} of memory, ` +
    `${plural(maxHosts, "host")}, ${plural(workers, "worker")}`,
    ...keyLogs.map((path) => `secrets of TLS from ${printable(path)}`),
  ];
}

function inputDetail({ files, interfaces, snaplen, bufferSize, promiscuous }: PipelineOptions) {
  if (files.length > 0) return printable(files.join(", "));
  const size = snaplen === 0 ? "whole packets" : `${snaplen} bytes of each packet`;
  const mode = promiscuous ? "promiscuous" : "not promiscuous";
  return `${interfaces.join(", ")}, ${size}, a buffer of ${mebibytes(bufferSize)}, ${mode}`;
}

/** Whom this process has become, and what is left of its rights. */
export const privilegesDetail = (privileges: Privileges): string => {
  const { user, capabilities, noNewPrivileges, seccomp, landlock } = privileges;
  return `privileges: user ${user}, ${capabilities || "no capability"}, ` +
    `no_new_privs ${noNewPrivileges}, seccomp ${seccomp}, Landlock ${landlock || "none"}`;
};

/** What was kept and what was given up, when the capture has ended. */
export function endDetails(snapshot: Snapshot): string[] {
  const evicted = rowsOf(snapshot, "evicted").map(({ what, reason, count }) =>
    `${count} ${what} given up: ${reason}`
  );
  const sessions = snapshot.decryptions.map(({ outcome, count }) =>
    `${plural(count, "TLS session")} with secrets: ${outcome}`
  );
  return [
    `kept: ${plural(snapshot.hostsKept, "host")}, ${snapshot.hostsFolded} folded into ~other, ` +
    `${mebibytes(Deno.memoryUsage().rss)} of memory in use`,
    ...sessions,
    ...evicted,
  ];
}

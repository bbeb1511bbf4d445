// What tests of --process need: tracepoints, and containers as the kernel sees them, which are control groups.

import { readSystemFile } from "../../ffi/raw_file.ts";
import { run, until } from "./process.ts";

/** What tests need that trace: a machine, or a container, that lets root. */
export const TRACING = canTrace() ? [] : ["tracefs"];

function canTrace(): boolean {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const folder = "/sys/kernel/tracing";
  const script = `[ -d ${folder}/instances ] || mount -t tracefs nodev ${folder}`;
  const args = ["-m", "sh", "-c", script];
  return new Deno.Command("unshare", { args, stderr: "null" }).outputSync().success;
}

/** A folder of control groups of version 2 in which groups may be made; null if there is none. */
export function controlGroups(): string | null {
  const mounts = readSystemFile("/proc/mounts") ?? "";
  return /^\S+ (\S+) cgroup2 rw/m.exec(mounts)?.[1] ?? null;
}

/** Runs a command in the control group that a container of `runtime` would have. Needs `controlGroups`. */
export async function runInContainer(
  runtime: string,
  id: string,
  command: readonly string[],
): Promise<void> {
  const group = `${controlGroups()}/webstat-test-${Deno.pid}.slice`;
  const folder = `${group}/${runtime}-${id}.scope`;
  await run(["mkdir", "-p", folder]);
  try {
    // `ip netns exec` has a /sys of its own.
    const enter = `echo $$ > ${folder}/cgroup.procs; exec "$@"`;
    await run(["sh", "-c", enter, "sh", ...command]);
  } finally {
    await until(
      "the group is empty",
      async () => (await run(["rmdir", folder, group], { mayFail: true })).code === 0,
    );
  }
}

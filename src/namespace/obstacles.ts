// Why no namespace can be made, in words that say what to do.

import { readSystemFile } from "../../ffi/raw_file.ts";

/** Settings of the kernel that switch user namespaces off, with the values that do; `root`: for root too. */
const SWITCHES = [
  { name: "kernel.unprivileged_userns_clone", off: "0", on: "1", root: false },
  { name: "user.max_user_namespaces", off: "0", on: "10000", root: true },
  { name: "kernel.apparmor_restrict_unprivileged_userns", off: "1", on: "0", root: false },
] as const;

/** How the kernel's settings are read: null if this kernel does not have one. */
type ReadSetting = (name: string) => string | null;

/** The setting that keeps this user from making a namespace; null if none does. */
export function switchedOff(
  read: ReadSetting = readSetting,
  isRoot = Deno.uid() === 0,
): string | null {
  const found = SWITCHES.find(({ name, off, root }) => (root || !isRoot) && read(name) === off);
  return found === undefined
    ? null
    : `user namespaces are switched off: sudo sysctl -w ${found.name}=${found.on}`;
}

/** Once it has failed. */
export const namespaceObstacle = (read?: ReadSetting, isRoot?: boolean): string =>
  switchedOff(read, isRoot) ??
    "the system lets this user make no user namespace: a container may forbid it";

function readSetting(name: string): string | null {
  return readSystemFile(`/proc/sys/${name.replaceAll(".", "/")}`)?.trim() ?? null;
}

/** Lines of pasta that are no reason: without a system logger it says that of each message. */
const IDLE = /to syslog|^Saving packet capture|^Don't run as root|^Copyright|ping_group_range|^$/;

/** Why pasta ended, from what it wrote. */
export function pastaObstacle(messages: string): string {
  const reasons = messages.split("\n").filter((line) => !IDLE.test(line));
  if (reasons.some((line) => /tun (?:socket|device)|\/dev\/net\/tun/.test(line))) {
    return "this user may not open /dev/net/tun: sudo chmod 666 /dev/net/tun";
  }
  const noRoute = reasons.some((line) =>
    /external interface|template interface|any usable/i.test(line)
  );
  if (noRoute) return "this machine has no default route: pasta finds no network to connect to";
  return `pasta failed: ${reasons.at(-1) ?? "it gave no reason"}`;
}

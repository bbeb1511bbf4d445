// File systems of the kernel's own.

import { toCString } from "./library.ts";
import { systemCall } from "./linux.ts";
import { addressOf } from "./memory_address.ts";

/** Mounts a file system of this type at a folder. Returns whether it could. Linux only. */
export function mountSystem(type: string, folder: string): boolean {
  const [source, target, name] = ["nodev", folder, type].map(toCString);
  return systemCall("mount", addressOf(source!), addressOf(target!), addressOf(name!), 0, 0) === 0;
}

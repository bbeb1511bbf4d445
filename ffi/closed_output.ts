// Whether there is a standard output at all.

import { fromCString, toCString } from "./library.ts";
import { libc } from "./libc.ts";

/** <fcntl.h> */
const F_GETFL = 3;
const O_ACCMODE = 3;
const O_RDWR = 2;

/**
 * Whether standard output was closed when this process began. The runtime has then opened /dev/null in
 * its place, for reading and writing; a shell opens it for writing alone. Known on Linux only.
 */
export function wasOutputClosed(): boolean {
  if (Deno.build.os !== "linux") return false;
  const target = new Uint8Array(16);
  const length = Number(libc().readlink(toCString("/proc/self/fd/1"), target, 15n));
  if (length < 0 || fromCString(target) !== "/dev/null") return false;
  return (libc().fcntl(1, F_GETFL, 0n) & O_ACCMODE) === O_RDWR;
}

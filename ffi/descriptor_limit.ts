// How many file descriptors this process may have.

import { libc } from "./libc.ts";

/** <sys/resource.h> */
const RLIMIT_NOFILE = Deno.build.os === "darwin" ? 8 : 7;

/** Raises the limit as far as this process may. Returns what it is then; Infinity if it is not known. */
export function raiseDescriptorLimit(): number {
  // struct rlimit { rlim_t current; rlim_t most; }
  const limit = new BigUint64Array(2);
  const bytes = new Uint8Array(limit.buffer);
  if (libc().getrlimit(RLIMIT_NOFILE, bytes) !== 0) return Infinity;
  const [before, most] = [limit[0]!, limit[1]!];
  limit[0] = most;
  return Number(libc().setrlimit(RLIMIT_NOFILE, bytes) === 0 ? most : before);
}

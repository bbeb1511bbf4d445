// Whether an interface is there and up, asked often: without libpcap's list of all there are.

import { fromCString, toCString } from "./library.ts";
import { libc } from "./libc.ts";

/** <sys/socket.h>; the same on all systems here. */
const AF_INET = 2;
const SOCK_DGRAM = 2;
/** SOCK_CLOEXEC, of Linux: programs that are started do not get it. */
const CLOSE_ON_EXEC = Deno.build.os === "linux" ? 0x80000 : 0;
/** <sys/ioctl.h> */
const SIOCGIFFLAGS = Deno.build.os === "darwin" ? 0xc0206911n : 0x8913n;
/** <net/if.h> */
const IFF_UP = 1;
/** struct ifreq { char name[16]; union { short flags; ... }; } */
const REQUEST = { nameBytes: 16, flags: 16, size: 40 } as const;

/** What requests go through; -1 before the first. */
let socket = -1;

/** The name of an interface now; null if there is none of that index any more. */
export function interfaceName(index: number): string | null {
  const name = new Uint8Array(REQUEST.nameBytes);
  return libc().if_indextoname(index, name) === null ? null : fromCString(name);
}

/** Whether an interface is up; false if there is none of that name. */
export function isInterfaceUp(name: string): boolean {
  if (socket < 0) socket = libc().socket(AF_INET, SOCK_DGRAM | CLOSE_ON_EXEC, 0);
  const request = new DataView(new ArrayBuffer(REQUEST.size));
  const bytes = new Uint8Array(request.buffer);
  bytes.set(toCString(name).subarray(0, REQUEST.nameBytes - 1));
  if (libc().ioctl(socket, SIOCGIFFLAGS, bytes) !== 0) return false;
  return (request.getInt16(REQUEST.flags, true) & IFF_UP) !== 0;
}

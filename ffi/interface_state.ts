// What the system says of an interface, without libpcap's list of all there are: whether it is there and
// up, and what its network card does.

import { addressOf } from "./memory_address.ts";
import { fromCString, toCString } from "./library.ts";
import { libc } from "./libc.ts";
import { readSystemFile } from "./raw_file.ts";

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

/** <linux/sockios.h>, <linux/ethtool.h> */
const SIOCETHTOOL = 0x8946n;
const ETHTOOL_GET = { "rx-checksumming": 0x14, "tx-checksumming": 0x16, gro: 0x2b, tso: 0x1e };

/** What a network card may do in place of the kernel, named as ethtool(8) does. */
export type Offload = keyof typeof ETHTOOL_GET;

/** What is switched on of an interface's offloads; empty where the system does not tell. Linux only. */
export function offloads(name: string): Offload[] {
  if (Deno.build.os !== "linux") return [];
  if (socket < 0) socket = libc().socket(AF_INET, SOCK_DGRAM | CLOSE_ON_EXEC, 0);
  return (Object.keys(ETHTOOL_GET) as Offload[]).filter((offload) => {
    // struct ethtool_value { u32 cmd; u32 data; }
    const value = new Uint32Array([ETHTOOL_GET[offload], 0]);
    const request = new DataView(new ArrayBuffer(REQUEST.size));
    const bytes = new Uint8Array(request.buffer);
    bytes.set(toCString(name).subarray(0, REQUEST.nameBytes - 1));
    request.setBigUint64(REQUEST.nameBytes, addressOf(value), true);
    return libc().ioctl(socket, SIOCETHTOOL, bytes) === 0 && value[1] !== 0;
  });
}

/** As libpcap does. */
const DROP_COUNTERS = ["rx_missed_errors", "rx_fifo_errors"];

/** Packets that an interface or its driver has lost since it is there; 0 if that is not known. Linux only. */
export function interfaceDrops(name: string): number {
  const counts = DROP_COUNTERS.map((counter) =>
    Number(readSystemFile(`/sys/class/net/${name}/statistics/${counter}`) ?? 0)
  );
  return counts.reduce((sum, count) => sum + count, 0);
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

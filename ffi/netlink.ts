// Netlink sockets (netlink(7)), and the network namespaces that they belong to.

import { libc } from "./libc.ts";
import { systemCall } from "./linux.ts";
import { RawFile } from "./raw_file.ts";

/** <sys/socket.h>, <linux/netlink.h> */
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
/** The kernel answers at once: this is for one that does not. */
const PATIENCE_SECONDS = 2n;

const CLONE_NEWNET = 0x40000000;

export class NetlinkSocket {
  readonly #descriptor: number;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Of this thread's network namespace; null if the system refuses. Linux only. */
  static open(protocol: number): NetlinkSocket | null {
    const descriptor = libc().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (descriptor < 0) return null;
    const patience = new Uint8Array(BigInt64Array.of(PATIENCE_SECONDS, 0n).buffer);
    libc().setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, patience, patience.length);
    return new NetlinkSocket(descriptor);
  }

  /** Returns whether the kernel took it. */
  send(message: Uint8Array<ArrayBuffer>): boolean {
    const sent = libc().send(this.#descriptor, message, BigInt(message.length), 0);
    return Number(sent) === message.length;
  }

  /** Waits for an answer: its bytes, or 0 or less if none comes. */
  receive(into: Uint8Array<ArrayBuffer>): number {
    return Number(libc().recv(this.#descriptor, into, BigInt(into.length), 0));
  }

  close(): void {
    RawFile.of(this.#descriptor).close();
  }
}

/**
 * Does something in the network namespace that is open as `namespace`, in this thread alone. Null if the
 * system does not let it in there. `action` may not throw.
 */
export function inNetwork<T>(namespace: RawFile, action: () => T): T | null {
  const own = RawFile.tryOpen("/proc/thread-self/ns/net");
  if (own === null) return null;
  const isInside = enter(namespace);
  const result = isInside ? action() : null;
  if (isInside && !enter(own)) throw new Error("the network namespace of this thread is lost");
  own.close();
  return result;
}

const enter = ({ descriptor }: RawFile): boolean =>
  systemCall("setns", descriptor, CLONE_NEWNET) === 0;

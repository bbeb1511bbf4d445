// TCP connections by libc. Deno's own cannot be closed reliably: during a write (Deno 2.6) or a read (2.8,
// denoland/deno#35292), close() has no effect until the client closes the connection.

import { POLL } from "./layout.ts";
import { libc } from "./libc.ts";

const IS_DARWIN = Deno.build.os === "darwin";

/** <sys/socket.h> and <netinet/tcp.h>. */
const SOL_SOCKET = IS_DARWIN ? 0xffff : 1;
const SO_ACCEPTCONN = IS_DARWIN ? 2 : 30;
const SO_SNDBUF = IS_DARWIN ? 0x1001 : 7;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const MSG_PEEK = 2;
const MSG_DONTWAIT = IS_DARWIN ? 0x80 : 0x40;
const MSG_NOSIGNAL = IS_DARWIN ? 0x80000 : 0x4000;
/** SOCK_CLOEXEC | SOCK_NONBLOCK, of Linux. */
const ACCEPT_FLAGS = 0x80000 | 0x800;
const SHUT_WR = 1;

/** A listener's descriptor is searched below this. */
const MAX_LISTENER = 4096;

/** The descriptor of this process's socket that listens on TCP `port`; -1 if there is none. */
export function listeningDescriptor(port: number): number {
  const address = new Uint8Array(128);
  for (let descriptor = 0; descriptor < MAX_LISTENER; descriptor++) {
    const isListening = option(descriptor, SO_ACCEPTCONN) === 1 &&
      libc().getsockname(descriptor, address, int(address.length)) === 0;
    // Both struct sockaddr_in and sockaddr_in6 have the port behind the family, big-endian.
    if (isListening && (address[2]! << 8 | address[3]!) === port) return descriptor;
  }
  return -1;
}

/** The descriptor of an accepted connection; -1 if none waits, or no descriptor is free. */
export function acceptConnection(listener: number, sendBuffer: number): number {
  const descriptor = libc().accept(listener, null, null, ACCEPT_FLAGS);
  if (descriptor < 0) return -1;
  // By default the kernel buffers megabytes for a client that does not read.
  libc().setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, int(sendBuffer), 4);
  libc().setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, int(1), 4);
  return descriptor;
}

/** Receives bytes: how many, 0 at the end, -1 if there are none yet or at an error. */
export function receive(descriptor: number, into: Uint8Array<ArrayBuffer>): number {
  return Number(libc().recv(descriptor, into, BigInt(into.length), MSG_DONTWAIT));
}

/** Whether bytes can be received. */
export function hasInput(descriptor: number): boolean {
  return libc().recv(descriptor, new Uint8Array(1), 1n, MSG_DONTWAIT | MSG_PEEK) > 0n;
}

/** Whether the send buffer is full. */
export function isFull(descriptor: number): boolean {
  const entry = new DataView(new ArrayBuffer(POLL.size));
  entry.setInt32(POLL.descriptor, descriptor, true);
  entry.setInt16(POLL.events, POLL.POLLOUT, true);
  return libc().poll_here(new Uint8Array(entry.buffer), 1n, 0) === 0;
}

/** Sends bytes: how many, or -1 if the buffer is full or the connection is over. */
export function transmit(descriptor: number, bytes: Uint8Array<ArrayBuffer>): number {
  const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  return Number(libc().send(descriptor, bytes, BigInt(bytes.length), flags));
}

/** Tells the client that nothing more will be sent. */
export function endSending(descriptor: number): void {
  libc().shutdown(descriptor, SHUT_WR);
}

/** A pipe: the end to read from and the end to write to. Throws Error if no descriptor is free. */
export function openPipe(): readonly [number, number] {
  const ends = new Int32Array(2);
  if (libc().pipe(new Uint8Array(ends.buffer)) !== 0) throw new Error("no free descriptor");
  return [ends[0]!, ends[1]!];
}

function option(descriptor: number, name: number): number {
  const value = new Int32Array(1);
  const bytes = new Uint8Array(value.buffer);
  return libc().getsockopt(descriptor, SOL_SOCKET, name, bytes, int(4)) === 0 ? value[0]! : -1;
}

function int(value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Int32Array([value]).buffer);
}

// Linux's PACKET_FANOUT (packet(7)): sockets in one group share what one of them alone would receive.

import { programDescription } from "./bpf_program.ts";
import { libc } from "./libc.ts";

const SOL_PACKET = 263;
const PACKET_FANOUT = 18;
const PACKET_FANOUT_DATA = 22;

/** A program of classic BPF selects the socket (since Linux 4.3). */
const MODE_PROGRAM = 6;
/** Fragments of IPv4 are reassembled first. */
const FLAG_DEFRAGMENT = 0x8000;
/**
 * The kernel chooses a free id (since Linux 4.12). The process id would not do: a webstat in another
 * container may have the same one, and the two would share the packets.
 */
const FLAG_UNIQUE_ID = 0x2000;

const HOW = MODE_PROGRAM | FLAG_DEFRAGMENT;

/**
 * Makes a group with this socket. The result of `program`, modulo the number of sockets, selects the one
 * that gets a packet. Returns the group's id; throws Error.
 */
export function createFanout(socket: number, program: Uint8Array<ArrayBuffer>): number {
  setOption(socket, PACKET_FANOUT, word((HOW | FLAG_UNIQUE_ID) << 16));
  setOption(socket, PACKET_FANOUT_DATA, programDescription(program));
  return groupOf(socket);
}

/** Adds a socket on the same interface to a group. Throws Error. */
export function joinFanout(socket: number, group: number): void {
  setOption(socket, PACKET_FANOUT, word(group | HOW << 16));
}

/**
 * The same for an interface that was created again, once the sockets of the one before are closed: the
 * kernel has forgotten the group, and makes one of that id for whoever comes first.
 */
export function rejoinFanout(
  socket: number,
  group: number,
  program: Uint8Array<ArrayBuffer>,
): void {
  joinFanout(socket, group);
  setOption(socket, PACKET_FANOUT_DATA, programDescription(program));
}

const word = (value: number) => new Uint8Array(Int32Array.of(value).buffer);

function setOption(socket: number, name: number, value: Uint8Array<ArrayBuffer>): void {
  if (libc().setsockopt(socket, SOL_PACKET, name, value, value.length) === 0) return;
  throw new Error("the kernel does not let workers share it (PACKET_FANOUT needs Linux 4.12)");
}

function groupOf(socket: number): number {
  const value = new DataView(new ArrayBuffer(4));
  const bytes = new Uint8Array(value.buffer);
  if (libc().getsockopt(socket, SOL_PACKET, PACKET_FANOUT, bytes, word(bytes.length)) !== 0) {
    throw new Error("the kernel does not tell the group of workers (PACKET_FANOUT)");
  }
  return value.getUint16(0, true);
}

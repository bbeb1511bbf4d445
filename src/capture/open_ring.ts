// Opens the kernel's ring of an Ethernet interface, which libpcap has opened before.

import { assemble, Op } from "../../ffi/bpf_program.ts";
import type { CaptureHandle } from "../../ffi/capture_handle.ts";
import { interfaceIndex } from "../../ffi/devices.ts";
import { PacketRing } from "../../ffi/packet_ring.ts";
import { PacketSocket } from "../../ffi/packet_socket.ts";
import type { HandleOptions } from "./handle.ts";

/** DLT_EN10MB */
const ETHERNET = 1;
/** Here each packet comes in that was sent. */
const LOOPBACK = "lo";
/** SKF_AD_OFF + SKF_AD_PKTTYPE: what the kernel knows of a packet; and one of its answers. */
const PACKET_TYPE = 0xfffff000 + 4;
const OUTGOING = 4;

/**
 * The beginning of a filter that takes no packets that this machine sends. PACKET_IGNORE_OUTGOING would do
 * the same, but not for sockets that share an interface.
 */
const NO_OUTGOING = assemble([
  [Op.LOAD, PACKET_TYPE],
  [Op.JUMP_IF_EQUAL, OUTGOING, "outgoing"],
  [Op.JUMP, 0, "others"],
  "outgoing",
  [Op.RETURN, 0],
  "others",
]);

/** Whether packets are to be had without libpcap, unless `HandleOptions` say it. */
const isRingWanted = () => Deno.env.get("WEBSTAT_CAPTURE") !== "libpcap";

/** Whether packets of an interface are wanted from the kernel's ring: only Linux has one. */
export function mayHaveRing(name: string, isWanted = isRingWanted()): boolean {
  return isWanted && Deno.build.os === "linux" && interfaceIndex(name) > 0;
}

/**
 * The ring of an interface that libpcap has opened as `handle`, by the same options. Null if it is not of
 * Ethernet, or the kernel refuses, for example a filter that is too long: libpcap has ways around that.
 */
export function openRing(
  name: string,
  handle: CaptureHandle,
  { filter, bufferSize, promiscuous }: HandleOptions,
  timeout: number,
): PacketRing | null {
  const index = interfaceIndex(name);
  if (handle.dataLink !== ETHERNET || index === 0) return null;
  let socket: PacketSocket | null = null;
  let ring: PacketRing | null = null;
  try {
    socket = PacketSocket.open();
    ring = PacketRing.make(name, socket, bufferSize, timeout);
    // Its result is how many bytes are kept: the snaplen.
    const program = handle.compile(filter ?? "");
    socket.filter(name === LOOPBACK ? joined(NO_OUTGOING, program) : program);
    if (promiscuous) socket.takeAll(index);
    socket.bind(index);
    return ring;
  } catch {
    (ring ?? socket)?.close();
    return null;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

// Opens the kernel's ring of an Ethernet interface, which libpcap has opened before.

import type { CaptureHandle } from "../../ffi/capture_handle.ts";
import { interfaceIndex } from "../../ffi/devices.ts";
import { PacketRing } from "../../ffi/packet_ring.ts";
import { PacketSocket } from "../../ffi/packet_socket.ts";
import type { HandleOptions } from "./handle.ts";

/** DLT_EN10MB */
const ETHERNET = 1;
/** Here each packet comes in that was sent. */
const LOOPBACK = "lo";

/** Whether packets of an interface may be had without libpcap: only Linux has such rings. */
export function mayHaveRing(name: string): boolean {
  return Deno.build.os === "linux" && interfaceIndex(name) > 0 &&
    Deno.env.get("WEBSTAT_CAPTURE") !== "libpcap";
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
    socket.filter(handle.compile(filter ?? ""));
    if (promiscuous) socket.takeAll(index);
    if (name === LOOPBACK) socket.ignoreOutgoing();
    socket.bind(index);
    return ring;
  } catch {
    (ring ?? socket)?.close();
    return null;
  }
}

// MPLS and NSH: headers that tell a network which way a packet goes.

import { fail, Failure, Layer, type Packet, short } from "./packet.ts";
import { isFrame, isIp } from "./plausible.ts";

const LABEL = 4;
const CONTROL_WORD = 4;
const ETHERNET_HEADER = 14;

/** Labels up to the bottom of the stack (RFC 3032). They do not say what follows: its bytes must show it. */
export function mpls(packet: Packet): Layer {
  const { bytes, end } = packet;
  let bottom = false;
  while (!bottom) {
    if (packet.at + LABEL > end) return short(packet, Layer.MPLS);
    bottom = (bytes[packet.at + 2]! & 1) === 1;
    packet.at += LABEL;
  }
  if (packet.at >= end) return short(packet, Layer.MPLS);
  const first = bytes[packet.at]! >> 4;
  const mayBeIp = first === 4 || first === 6;
  if (mayBeIp && (isIp(packet, packet.at) || !isFrame(packet, packet.at))) return Layer.IP;
  // An Ethernet pseudowire, usually with a control word before it, which begins with 0 (RFC 4385).
  if (first !== 0) return Layer.ETHERNET;
  if (packet.at + CONTROL_WORD + ETHERNET_HEADER >= end) return short(packet, Layer.MPLS);
  if (isFrame(packet, packet.at + CONTROL_WORD)) packet.at += CONTROL_WORD;
  return Layer.ETHERNET;
}

const MIN_NSH_HEADER = 8;

/** RFC 8300: network service header. */
export function nsh(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + MIN_NSH_HEADER > packet.end) return short(packet, Layer.NSH);
  const header = (bytes[at + 1]! & 0x3f) * 4;
  if (header < MIN_NSH_HEADER) return fail(packet, Layer.NSH, Failure.MALFORMED);
  packet.at += header;
  switch (bytes[at + 3]) {
    case 1:
    case 2:
      return Layer.IP;
    case 3:
      return Layer.ETHERNET;
    case 5:
      return Layer.MPLS;
    default:
      return Layer.OTHER;
  }
}

// GRE (RFC 2784, 2890 and 1701), the version of it that PPTP uses (RFC 2637), and what it carries:
// mirrored frames (ERSPAN), MikroTik's Ethernet over IP, 802.11, redirected web traffic (WCCP).

import { u16 } from "../bytes.ts";
import { EtherType } from "./link.ts";
import { fail, Failure, Layer, type Packet, short } from "./packet.ts";

const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const ACKNOWLEDGEMENT = 0x0080;
const VERSION = 0x0007;
const ENHANCED = 1;

const TYPE_EOIP = 0x6400;
const TYPE_METADATA = 0x8909;
const TYPE_WCCP = 0x883e;
const WCCP2_HEADER = 4;

/** Also NVGRE, which is GRE with a key and Ethernet inside. */
export function gre(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + 4 > packet.end) return short(packet, Layer.GRE);
  const flags = u16(bytes, at);
  const type = u16(bytes, at + 2);
  const version = flags & VERSION;
  if (version > ENHANCED) return fail(packet, Layer.GRE, Failure.MALFORMED);
  packet.next = type;
  packet.at += 4;
  if (version === ENHANCED && type === TYPE_EOIP) return Layer.EOIP;
  if (flags & (CHECKSUM | ROUTING)) packet.at += 4;
  if (flags & KEY) packet.at += 4;
  if (flags & SEQUENCE) packet.at += 4;
  if (version === ENHANCED && flags & ACKNOWLEDGEMENT) packet.at += 4;
  if (version !== ENHANCED && flags & ROUTING && !passRoutes(packet)) {
    return short(packet, Layer.GRE);
  }
  // PPTP's acknowledgements carry nothing; keep-alives have type 0. GRE has no 802.3 lengths.
  if (version === ENHANCED && (flags & SEQUENCE) === 0 || type <= 1500) return Layer.OTHER;
  return carried(packet, type, (flags & SEQUENCE) !== 0);
}

/** Skips the source routes of RFC 1701. The last one has neither address family nor length. */
function passRoutes(packet: Packet): boolean {
  const { bytes, end } = packet;
  for (;;) {
    const { at } = packet;
    if (at + 4 > end) return false;
    packet.at += 4 + bytes[at + 3]!;
    if (u16(bytes, at) === 0 && bytes[at + 3] === 0) return true;
  }
}

function carried(packet: Packet, type: number, hasSequence: boolean): Layer {
  // Without a sequence number it is ERSPAN type I, which has no header of its own.
  if (type === EtherType.ERSPAN_2 && !hasSequence) return Layer.ETHERNET;
  if (isAruba(type)) return Layer.WLAN;
  if (type === TYPE_WCCP) return wccp(packet);
  return type === TYPE_METADATA ? metadata(packet) : Layer.ETHERTYPE;
}

/** Whether Aruba's access points send 802.11 frames under this type. */
const isAruba = (type: number): boolean =>
  type >= 0x8200 && type <= 0x8270 || type >= 0x8300 && type <= 0x8370 || type === 0x9000;

/** WCCP: IPv4 that a router redirects to a cache; from version 2 on, a header comes first. */
function wccp(packet: Packet): Layer {
  if (packet.at >= packet.end) return short(packet, Layer.GRE);
  if (packet.bytes[packet.at]! >> 4 !== 4) packet.at += WCCP2_HEADER;
  return Layer.IP;
}

const METADATA = 8;

/** Cisco MetaData. In GRE it begins with the EtherType. */
function metadata(packet: Packet): Layer {
  if (packet.at + METADATA > packet.end) return short(packet, Layer.GRE);
  packet.next = u16(packet.bytes, packet.at);
  packet.at += METADATA;
  return Layer.ETHERTYPE;
}

const EOIP_HEADER = 4;

/** MikroTik's Ethernet over IP: instead of a key, a length (0 in keep-alives) and the tunnel's number. */
export function eoip(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + EOIP_HEADER > end) return short(packet, Layer.EOIP);
  packet.at += EOIP_HEADER;
  return u16(bytes, at) === 0 ? Layer.OTHER : Layer.ETHERNET;
}

const ERSPAN2_HEADER = 8;
const ERSPAN3_HEADER = 12;
const ERSPAN3_SUBHEADER = 8;

export function erspan2(packet: Packet): Layer {
  if (packet.at + ERSPAN2_HEADER > packet.end) return short(packet, Layer.ERSPAN2);
  packet.at += ERSPAN2_HEADER;
  return Layer.ETHERNET;
}

export function erspan3(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + ERSPAN3_HEADER > packet.end) return short(packet, Layer.ERSPAN3);
  packet.at += ERSPAN3_HEADER + ((bytes[at + 11]! & 1) === 1 ? ERSPAN3_SUBHEADER : 0);
  return Layer.ETHERNET;
}

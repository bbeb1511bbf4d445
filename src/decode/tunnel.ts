// Packets inside packets. What UDP carries is told by port and then proved by its header, for any
// program may use any port; where the proof fails the datagram stays what it is.

import { i32, u16 } from "../bytes.ts";
import { EtherType } from "./link.ts";
import { fail, Failure, Layer, type Packet, short } from "./packet.ts";
import { wlanSwapped } from "./wlan.ts";

const GRE_CHECKSUM = 0x8000;
const GRE_ROUTING = 0x4000;
const GRE_KEY = 0x2000;
const GRE_SEQUENCE = 0x1000;
const GRE_ACKNOWLEDGEMENT = 0x0080;
const GRE_VERSION = 0x0007;
const GRE_WCCP = 0x883e;
const WCCP_2_HEADER = 4;
const ERSPAN_2_HEADER = 8;
const ERSPAN_3_HEADER = 12;
const ERSPAN_3_SUBHEADER = 8;

/** RFC 2784 and 2890; version 1 is PPTP's (RFC 2637). NVGRE is GRE with a key and Ethernet inside. */
export function gre(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + 4 > packet.end) return short(packet, Layer.GRE);
  const flags = u16(bytes, at);
  const version = flags & GRE_VERSION;
  if (version > 1) return fail(packet, Layer.GRE, Failure.MALFORMED);
  let header = 4;
  if (flags & (GRE_CHECKSUM | GRE_ROUTING)) header += 4;
  if (flags & GRE_KEY) header += 4;
  if (flags & GRE_SEQUENCE) header += 4;
  if (version === 1 && flags & GRE_ACKNOWLEDGEMENT) header += 4;
  if (flags & GRE_ROUTING) return fail(packet, Layer.GRE, Failure.UNSUPPORTED);
  const type = u16(bytes, at + 2);
  packet.at += header;
  packet.next = type;
  // PPTP acknowledges without data; a GRE keepalive has type 0. Lengths, as in Ethernet, do not exist here.
  if (version === 1 && (flags & GRE_SEQUENCE) === 0 || type <= 1500) return Layer.OTHER;
  // ERSPAN without sequence number is type I, which has no header of its own.
  if (type === EtherType.ERSPAN_2 && (flags & GRE_SEQUENCE) === 0) return Layer.ETHERNET;
  if (isAruba(type)) return Layer.WLAN;
  return type === GRE_WCCP ? wccp(packet) : Layer.ETHERTYPE;
}

/** Aruba's access points send 802.11 frames under types of their own. */
const isAruba = (type: number): boolean =>
  type >= 0x8200 && type <= 0x8270 || type >= 0x8300 && type <= 0x8370 || type === 0x9000;

/** Web traffic that a router redirects to a cache: IPv4, from version 2 on behind a header of its own. */
function wccp(packet: Packet): Layer {
  if (packet.at >= packet.end) return short(packet, Layer.GRE);
  if (packet.bytes[packet.at]! >> 4 !== 4) packet.at += WCCP_2_HEADER;
  return Layer.IP;
}

export function erspan2(packet: Packet): Layer {
  if (packet.at + ERSPAN_2_HEADER > packet.end) return short(packet, Layer.ERSPAN_2);
  packet.at += ERSPAN_2_HEADER;
  return Layer.ETHERNET;
}

export function erspan3(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + ERSPAN_3_HEADER > packet.end) return short(packet, Layer.ERSPAN_3);
  packet.at += ERSPAN_3_HEADER + ((bytes[at + 11]! & 1) === 1 ? ERSPAN_3_SUBHEADER : 0);
  return Layer.ETHERNET;
}

const PORT_L2TP = 1701;
const PORT_GTP = 2152;
const PORT_VXLAN = 4789;
const PORT_VXLAN_GPE = 4790;
const PORT_AYIYA = 5072;
const PORT_CAPWAP = 5247;
const PORT_GENEVE = 6081;
/** Linux's own port for VXLAN, from before 4789 was assigned. */
const PORT_VXLAN_LINUX = 8472;
const PORT_TZSP = 37008;

/** What a datagram carries: a tunnel's packet, or only itself. */
export function udpTunnel(packet: Packet): Layer {
  switch (packet.dstPort) {
    case PORT_VXLAN:
    case PORT_VXLAN_LINUX:
    case PORT_VXLAN_GPE:
      return isVxlan(packet) ? Layer.VXLAN : Layer.UDP;
    case PORT_GENEVE:
      return isGeneve(packet) ? Layer.GENEVE : Layer.UDP;
    case PORT_AYIYA:
      return isAyiya(packet) ? Layer.AYIYA : Layer.UDP;
    case PORT_TZSP:
      return isTzsp(packet) ? Layer.TZSP : Layer.UDP;
  }
  if (packet.dstPort === PORT_GTP || packet.srcPort === PORT_GTP) {
    return isGtp(packet) ? Layer.GTP : Layer.UDP;
  }
  if (packet.dstPort === PORT_L2TP || packet.srcPort === PORT_L2TP) {
    return isL2tp(packet) ? Layer.L2TP : Layer.UDP;
  }
  if (packet.dstPort === PORT_CAPWAP || packet.srcPort === PORT_CAPWAP) {
    return isCapwap(packet) ? Layer.CAPWAP : Layer.UDP;
  }
  if (packet.srcPort === PORT_AYIYA && isAyiya(packet)) return Layer.AYIYA;
  return teredoAt(packet) > 0 ? Layer.TEREDO : Layer.UDP;
}

const VXLAN_HEADER = 8;
const VXLAN_HAS_ID = 0x08;
const VXLAN_GPE_NEXT = 0x04;
const VXLAN_GROUP_POLICY = 0x80;
const VXLAN_RESERVED = 0x70;

/**
 * RFC 7348 section 5; GPE adds the protocol that is inside (draft-ietf-nvo3-vxlan-gpe), the group
 * policy extension fills the bytes that are else 0.
 */
function isVxlan({ bytes, at, end }: Packet): boolean {
  if (at + VXLAN_HEADER >= end || bytes[at + 7] !== 0) return false;
  const flags = bytes[at]!;
  if ((flags & (VXLAN_HAS_ID | VXLAN_RESERVED)) !== VXLAN_HAS_ID) return false;
  return (flags & VXLAN_GROUP_POLICY) !== 0 || u16(bytes, at + 1) === 0;
}

export function vxlan(packet: Packet): Layer {
  const { bytes, at } = packet;
  packet.at += VXLAN_HEADER;
  if ((bytes[at]! & VXLAN_GPE_NEXT) === 0) return Layer.ETHERNET;
  switch (bytes[at + 3]) {
    case 1:
    case 2:
      return Layer.IP;
    case 4:
      return Layer.NSH;
    case 5:
      return Layer.MPLS;
    default:
      return Layer.ETHERNET;
  }
}

const GENEVE_HEADER = 8;

/** RFC 8926 section 3.4: version 0, what is reserved 0, an Ethernet frame or IP inside. */
function isGeneve({ bytes, at, end }: Packet): boolean {
  if (at + GENEVE_HEADER > end || bytes[at]! >> 6 !== 0) return false;
  if ((bytes[at + 1]! & 0x3f) !== 0 || bytes[at + 7] !== 0) return false;
  const type = u16(bytes, at + 2);
  const isKnown = type === EtherType.TRANSPARENT_ETHERNET || type === EtherType.IPV4 ||
    type === EtherType.IPV6;
  if (!isKnown) return false;
  return at + GENEVE_HEADER + (bytes[at]! & 0x3f) * 4 < end;
}

export function geneve(packet: Packet): Layer {
  const { bytes, at } = packet;
  packet.at += GENEVE_HEADER + (bytes[at]! & 0x3f) * 4;
  packet.next = u16(bytes, at + 2);
  return Layer.ETHERTYPE;
}

const GTP_HEADER = 8;
const GTP_USER_DATA = 0xff;
const GTP_EXTENSION = 0x04;
const GTP_OPTIONAL = 0x07;

/** 3GPP TS 29.281 section 5.1: version 1, protocol type GTP, a G-PDU. */
function isGtp({ bytes, at, end }: Packet): boolean {
  return at + GTP_HEADER < end && bytes[at]! >> 3 === 6 && bytes[at + 1] === GTP_USER_DATA;
}

export function gtp(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  const flags = bytes[at]!;
  let cursor = at + GTP_HEADER;
  if (flags & GTP_OPTIONAL) {
    cursor += 4;
    let extension = flags & GTP_EXTENSION && cursor <= end ? bytes[cursor - 1]! : 0;
    while (extension !== 0) {
      if (cursor >= end) return short(packet, Layer.GTP);
      if (bytes[cursor] === 0) return fail(packet, Layer.GTP, Failure.MALFORMED);
      cursor += bytes[cursor]! * 4;
      if (cursor > end) return short(packet, Layer.GTP);
      extension = bytes[cursor - 1]!;
    }
  }
  packet.at = cursor;
  if (cursor >= end) return short(packet, Layer.GTP);
  const version = bytes[cursor]! >> 4;
  return version === 4 || version === 6 ? Layer.IP : Layer.PPP;
}

const IPV6_HEADER = 40;
/** 2001::/32, RFC 4380 section 2.6. */
const TEREDO_PREFIX = 0x20010000;

/**
 * Where the IPv6 packet begins that a Teredo datagram carries, behind authentication and origin
 * indication (RFC 4380 section 5.1.1); 0 where it is none. Hosts send from ports of their choice:
 * that an IPv6 header fits exactly and an address is Teredo's is the proof.
 */
function teredoAt({ bytes, at, end, wireEnd }: Packet): number {
  if (at + IPV6_HEADER > end) return 0;
  let cursor = at;
  if (bytes[cursor] === 0 && bytes[cursor + 1] === 1) {
    cursor += 13 + bytes[cursor + 2]! + bytes[cursor + 3]!;
  }
  if (bytes[cursor] === 0 && bytes[cursor + 1] === 0) cursor += 8;
  if (cursor + IPV6_HEADER > end || bytes[cursor]! >> 4 !== 6) return 0;
  // A trailer may follow (RFC 6081 section 4).
  if (cursor + IPV6_HEADER + u16(bytes, cursor + 4) > wireEnd) return 0;
  const isTeredo = i32(bytes, cursor + 8) === TEREDO_PREFIX ||
    i32(bytes, cursor + 24) === TEREDO_PREFIX;
  return isTeredo ? cursor : 0;
}

export function teredo(packet: Packet): Layer {
  packet.at = teredoAt(packet);
  return Layer.IPV6;
}

const AYIYA_HEADER = 8;
const AYIYA_FORWARD = 1;

const ayiyaLength = (bytes: Uint8Array, at: number): number =>
  AYIYA_HEADER + (1 << (bytes[at]! >> 4)) + (bytes[at + 1]! >> 4) * 4;

/** draft-massar-v6ops-ayiya-02 section 3: identity and signature of told lengths, then the packet. */
function isAyiya({ bytes, at, end }: Packet): boolean {
  if (at + AYIYA_HEADER > end || (bytes[at + 2]! & 15) !== AYIYA_FORWARD) return false;
  const inner = at + ayiyaLength(bytes, at);
  return inner < end && (bytes[inner]! >> 4 === 6 || bytes[inner]! >> 4 === 4);
}

export function ayiya(packet: Packet): Layer {
  packet.at += ayiyaLength(packet.bytes, packet.at);
  return Layer.IP;
}

const CAPWAP_MIN_HEADER = 8;
/** Binding and whether the payload is of it: 1 for 802.11. */
const CAPWAP_BINDING = 0x3e;
const CAPWAP_OF_802_11 = 0x02;
const CAPWAP_WLAN = 0x01;
const CAPWAP_FRAGMENT = 0x80;
const CAPWAP_KEEP_ALIVE = 0x08;

/** RFC 5415 section 4.3: in clear text (type 0), whole, and no keep-alive. */
function isCapwap({ bytes, at, end }: Packet): boolean {
  if (at + CAPWAP_MIN_HEADER > end || bytes[at] !== 0) return false;
  const header = capwapHeader(bytes, at);
  if (header < CAPWAP_MIN_HEADER || at + header >= end) return false;
  if ((bytes[at + 2]! & CAPWAP_BINDING) !== CAPWAP_OF_802_11) return false;
  return (bytes[at + 3]! & (CAPWAP_FRAGMENT | CAPWAP_KEEP_ALIVE)) === 0;
}

const capwapHeader = (bytes: Uint8Array, at: number): number => (bytes[at + 1]! >> 3) * 4;

/** What an access point sends to its controller: frames as in the air, or of Ethernet. */
export function capwap(packet: Packet): Layer {
  const { bytes, at } = packet;
  packet.at += capwapHeader(bytes, at);
  return (bytes[at + 2]! & CAPWAP_WLAN) === 0 ? Layer.ETHERNET : wlanSwapped(packet);
}

const L2TP_CONTROL = 0x8000;
const L2TP_LENGTH = 0x4000;
const L2TP_SEQUENCE = 0x0800;
const L2TP_OFFSET = 0x0200;
const L2TP_VERSION = 0x000f;
const L2TP_RESERVED = 0x34f0;
const PPP_ADDRESS_AND_CONTROL = 0xff03;
const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;

/** RFC 2661 section 3.1: a data message of version 2 with an IP packet in PPP. */
function isL2tp(packet: Packet): boolean {
  const { bytes, at, end } = packet;
  if (at + 8 > end) return false;
  if ((u16(bytes, at) & (L2TP_CONTROL | L2TP_RESERVED | L2TP_VERSION)) !== 2) return false;
  let inner = l2tpPayload(packet);
  if (inner + 4 > end) return false;
  if (u16(bytes, inner) === PPP_ADDRESS_AND_CONTROL) inner += 2;
  const protocol = (bytes[inner]! & 1) === 1 ? bytes[inner] : u16(bytes, inner);
  return protocol === PPP_IPV4 || protocol === PPP_IPV6;
}

function l2tpPayload({ bytes, at, end }: Packet): number {
  const flags = u16(bytes, at);
  let cursor = at + 6;
  if (flags & L2TP_LENGTH) cursor += 2;
  if (flags & L2TP_SEQUENCE) cursor += 4;
  if (flags & L2TP_OFFSET && cursor + 2 <= end) cursor += 2 + u16(bytes, cursor);
  return cursor;
}

export function l2tp(packet: Packet): Layer {
  packet.at = l2tpPayload(packet);
  return Layer.PPP;
}

const TZSP_END = 1;
const TZSP_PADDING = 0;
const TZSP_ETHERNET = 1;
const TZSP_WLAN = 18;

/** TaZmen Sniffer Protocol: version 1, a received packet, what it is of; tags up to an end. */
function isTzsp({ bytes, at, end }: Packet): boolean {
  if (at + 5 >= end || bytes[at] !== 1 || bytes[at + 1]! > 1) return false;
  const protocol = u16(bytes, at + 2);
  return protocol === TZSP_ETHERNET || protocol === TZSP_WLAN;
}

export function tzsp(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  let cursor = at + 4;
  while (cursor < end && bytes[cursor] !== TZSP_END) {
    cursor += bytes[cursor] === TZSP_PADDING ? 1 : 2 + (bytes[cursor + 1] ?? 0);
  }
  packet.at = cursor + 1;
  return u16(bytes, at + 2) === TZSP_ETHERNET ? Layer.ETHERNET : Layer.WLAN;
}

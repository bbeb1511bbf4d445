// Tunnels over UDP. The port shows which one it may be. As other programs may use the port too, header
// and payload must fit as well; else it is an ordinary datagram. Reserved bits are ignored, as receivers
// must ignore them. Each function returns UDP and changes nothing if it is not that tunnel.

import { i32, u16, u32 } from "../bytes.ts";
import { nullEsp } from "./esp.ts";
import { l2tp } from "./l2tp.ts";
import { announced, EtherType } from "./link.ts";
import { fail, Failure, INNER_LAYER, Layer, type Packet, short } from "./packet.ts";
import { isFrame, isIp, isOnlyIp } from "./plausible.ts";

const PORT_L2TP = 1701;
const PORT_GTP = 2152;
const PORT_LISP = 4341;
/** RFC 8086. */
const PORT_GRE = 4754;
const PORT_VXLAN = 4789;
const PORT_VXLAN_GPE = 4790;
const PORT_AYIYA = 5072;
const PORT_CAPWAP = 5247;
const PORT_IPSEC = 4500;
/** Generic UDP Encapsulation. */
const PORT_GUE = 6080;
const PORT_GENEVE = 6081;
/** RFC 7510. */
const PORT_MPLS = 6635;
/** Remote mirroring by switches of HP and Aruba. */
const PORT_HP_ERM = 7932;
/** Linux's port for VXLAN before 4789 was assigned. */
const PORT_VXLAN_LINUX = 8472;
const PORT_TZSP = 37008;
/** GTP version 0, in networks of the second generation. */
const PORT_GTP_0 = 3386;
/** Frames of 802.11 that Cisco's access points send to a program that looks at them. */
const PORT_PEEK = 5000;
/** Cisco's fabrics (ACI). */
const PORT_VXLAN_ACI = 48879;

type Reader = (packet: Packet) => Layer;

/** Who reads datagrams to a port. */
const TO: readonly (readonly [number, Reader])[] = [
  [PORT_VXLAN, vxlan],
  [PORT_VXLAN_LINUX, vxlan],
  [PORT_VXLAN_GPE, vxlan],
  [PORT_VXLAN_ACI, vxlan],
  [PORT_GENEVE, geneve],
  [PORT_GUE, gue],
  [PORT_GRE, (packet) => isGre(packet) ? Layer.GRE : Layer.UDP],
  [PORT_MPLS, (packet) => isMpls(packet) ? Layer.MPLS : Layer.UDP],
  [PORT_LISP, lisp],
  [PORT_HP_ERM, hpErm],
  [PORT_TZSP, tzsp],
  [PORT_PEEK, peek],
];

/** Who reads datagrams to or from a port. */
const BETWEEN: readonly (readonly [number, Reader])[] = [
  [PORT_GTP, gtp],
  [PORT_GTP_0, gtp0],
  [PORT_L2TP, l2tp],
  [PORT_CAPWAP, capwap],
  [PORT_AYIYA, ayiya],
  [PORT_IPSEC, nullEsp],
];

const READERS_TO = new Map([...TO, ...BETWEEN]);
const READERS_FROM = new Map([[PORT_VXLAN, vxlan] as const, ...BETWEEN]);

/** By port: 1 if it has a reader. Asked for every datagram, of which nearly all are of no tunnel. */
const hasReader = new Uint8Array(1 << 16);
for (const port of [...READERS_TO.keys(), ...READERS_FROM.keys()]) hasReader[port] = 1;

/** The layer that a datagram carries; UDP if it is no tunnel. */
export function udpTunnel(packet: Packet): Layer {
  const { srcPort, dstPort } = packet;
  if ((hasReader[dstPort]! | hasReader[srcPort]!) === 0) return teredo(packet);
  const read = READERS_TO.get(dstPort) ?? READERS_FROM.get(srcPort) ?? teredo;
  return read(packet);
}

const VXLAN_HEADER = 8;
const VXLAN_HAS_ID = 0x08;
const VXLAN_GPE_NEXT = 0x04;

/**
 * RFC 7348 section 5: an Ethernet frame. With GPE it may be something else, which bits tell that VXLAN
 * itself reserves (draft-ietf-nvo3-vxlan-gpe section 3.2).
 */
function vxlan(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  const inner = at + VXLAN_HEADER;
  if (inner >= end || (bytes[at]! & VXLAN_HAS_ID) === 0) return Layer.UDP;
  const next = bytes[at]! & VXLAN_GPE_NEXT ? bytes[at + 3] : 0;
  const layer = vxlanInner(packet, inner, next);
  if (layer !== Layer.UDP) packet.at = inner;
  return layer;
}

function vxlanInner(packet: Packet, at: number, next: number | undefined): Layer {
  if ((next === 1 || next === 2) && isIp(packet, at)) return Layer.IP;
  if (isFrame(packet, at)) return Layer.ETHERNET;
  if (next === 4) return Layer.NSH;
  return next === 5 && isMplsStack(packet, at) ? Layer.MPLS : Layer.UDP;
}

const GENEVE_HEADER = 8;

/** RFC 8926 section 3.4: version 0, options, and a payload by its EtherType. */
function geneve(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + GENEVE_HEADER > end || bytes[at]! >> 6 !== 0) return Layer.UDP;
  const type = u16(bytes, at + 2);
  const inner = at + GENEVE_HEADER + (bytes[at]! & 0x3f) * 4;
  if (inner >= end || !isCarried(packet, type, inner)) return Layer.UDP;
  packet.at = inner;
  packet.next = type;
  return Layer.ETHERTYPE;
}

/** Whether a payload of EtherType `type` may begin at `at`. */
function isCarried(packet: Packet, type: number, at: number): boolean {
  if (type === EtherType.TRANSPARENT_ETHERNET) return isFrame(packet, at);
  if (type === EtherType.IPV4 || type === EtherType.IPV6) return isIp(packet, at);
  const layer = announced(type);
  return layer !== Layer.LINK && layer !== Layer.LLC && layer !== Layer.OTHER;
}

const GUE_HEADER = 4;
/** Of the first byte: version and "control"; the length of options in units of four bytes. */
const GUE_DATA_0 = 0;
const GUE_OPTIONS = 0x1f;

/** draft-ietf-intarea-gue-09: version 0 with a header, version 1 is IP itself. */
function gue(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (isOnlyIp(packet, at)) return Layer.IP;
  if (at + GUE_HEADER > end || bytes[at]! >> 5 !== GUE_DATA_0) return Layer.UDP;
  const inner = at + GUE_HEADER + (bytes[at]! & GUE_OPTIONS) * 4;
  if (!isOnlyIp(packet, inner)) return Layer.UDP;
  packet.at = inner;
  return Layer.IP;
}

const GRE_VERSION = 0x0007;
const GRE_CHECKSUM = 0x8000;
const GRE_KEY = 0x2000;
const GRE_SEQUENCE = 0x1000;

/** RFC 8086 section 3: GRE of version 0 without routing. */
function isGre(packet: Packet): boolean {
  const { bytes, at, end } = packet;
  if (at + 4 > end) return false;
  const flags = u16(bytes, at);
  if (flags & GRE_VERSION) return false;
  let inner = at + 4;
  if (flags & GRE_CHECKSUM) inner += 4;
  if (flags & GRE_KEY) inner += 4;
  if (flags & GRE_SEQUENCE) inner += 4;
  return isCarried(packet, u16(bytes, at + 2), inner);
}

const isMpls = (packet: Packet): boolean => isMplsStack(packet, packet.at);

const LABEL = 4;
const CONTROL_WORD = 4;

/** Whether labels begin at `at`, then IP or a frame; a control word may come before a frame. */
function isMplsStack(packet: Packet, at: number): boolean {
  const { bytes, end } = packet;
  let inner = at;
  do {
    inner += LABEL;
    if (inner > end) return false;
  } while ((bytes[inner - 2]! & 1) === 0);
  return isIp(packet, inner) || isFrame(packet, inner) || isFrame(packet, inner + CONTROL_WORD);
}

const LISP_HEADER = 8;

/** RFC 9300 section 5.1: flags, nonce, locators, then IP. */
function lisp(packet: Packet): Layer {
  if (!isIp(packet, packet.at + LISP_HEADER)) return Layer.UDP;
  packet.at += LISP_HEADER;
  return Layer.IP;
}

const HP_ERM_HEADER = 12;

function hpErm(packet: Packet): Layer {
  if (!isFrame(packet, packet.at + HP_ERM_HEADER)) return Layer.UDP;
  packet.at += HP_ERM_HEADER;
  return Layer.ETHERNET;
}

const ETHERNET_HEADER = 14;
const GTP_HEADER = 8;
const GTP_USER_DATA = 0xff;
const GTP_EXTENSION = 0x04;
const GTP_OPTIONAL = 0x07;

/** 3GPP TS 29.281 section 5.1: version 1, protocol type GTP, a G-PDU. */
function gtp(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + GTP_HEADER >= end || bytes[at]! >> 4 !== 3) return Layer.UDP;
  if (bytes[at + 1] !== GTP_USER_DATA) return Layer.UDP;
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
  return cursor >= end ? short(packet, Layer.GTP) : gtpInner(packet);
}

const GTP_0_HEADER = 20;

/** 3GPP TS 09.60 section 6: version 0, protocol type GTP, a G-PDU. Some send version 1 to its port. */
function gtp0(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at < end && bytes[at]! >> 4 !== 1) return gtp(packet);
  if (at + GTP_0_HEADER >= end || bytes[at + 1] !== GTP_USER_DATA) return Layer.UDP;
  if (!isIp(packet, at + GTP_0_HEADER)) return Layer.UDP;
  packet.at += GTP_0_HEADER;
  return Layer.IP;
}

/** IP, Ethernet or PPP: the header does not say which. */
function gtpInner(packet: Packet): Layer {
  if (isFrame(packet, packet.at) && !isOnlyIp(packet, packet.at)) return Layer.ETHERNET;
  const version = packet.bytes[packet.at]! >> 4;
  if (version === 4 || version === 6) return Layer.IP;
  const isTooShort = packet.at + ETHERNET_HEADER >= packet.end;
  return isTooShort ? short(packet, Layer.GTP) : Layer.PPP;
}

const IPV6_HEADER = 40;
/** 2001::/32, RFC 4380 section 2.6. */
const TEREDO_PREFIX = 0x20010000;

/**
 * RFC 4380 section 5.1.1: IPv6, perhaps behind authentication and origin indication. Hosts use any port:
 * it is Teredo if an IPv6 packet fits, and one of its addresses is Teredo's.
 */
function teredo(packet: Packet): Layer {
  const { bytes, at, end, wireEnd } = packet;
  if (at + IPV6_HEADER > end) return Layer.UDP;
  let cursor = at;
  if (bytes[cursor] === 0 && bytes[cursor + 1] === 1) {
    cursor += 13 + bytes[cursor + 2]! + bytes[cursor + 3]!;
  }
  if (bytes[cursor] === 0 && bytes[cursor + 1] === 0) cursor += 8;
  if (cursor + IPV6_HEADER > end || bytes[cursor]! >> 4 !== 6) return Layer.UDP;
  // Behind it a trailer may follow (RFC 6081 section 4).
  if (cursor + IPV6_HEADER + u16(bytes, cursor + 4) > wireEnd) return Layer.UDP;
  const isTeredo = i32(bytes, cursor + 8) === TEREDO_PREFIX ||
    i32(bytes, cursor + 24) === TEREDO_PREFIX;
  if (!isTeredo) return Layer.UDP;
  packet.at = cursor;
  return Layer.IPV6;
}

const AYIYA_HEADER = 8;
const AYIYA_FORWARD = 1;

/** draft-massar-v6ops-ayiya-02 section 3: lengths of identity and signature, these two, then IP. */
function ayiya(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + AYIYA_HEADER > end || (bytes[at + 2]! & 15) !== AYIYA_FORWARD) return Layer.UDP;
  const inner = at + AYIYA_HEADER + (1 << (bytes[at]! >> 4)) + (bytes[at + 1]! >> 4) * 4;
  if (inner >= end || (bytes[inner]! >> 4 !== 6 && bytes[inner]! >> 4 !== 4)) return Layer.UDP;
  packet.at = inner;
  return Layer.IP;
}

const CAPWAP_MIN_HEADER = 8;
/** The binding (1 for 802.11), and whether the payload is a frame of it. */
const CAPWAP_BINDING = 0x3e;
const CAPWAP_OF_802_11 = 0x02;
const CAPWAP_WLAN = 0x01;
const CAPWAP_FRAGMENT = 0x80;
const CAPWAP_LAST = 0x40;
const CAPWAP_KEEP_ALIVE = 0x08;
/** In units of eight bytes, above three reserved bits: so it is in bytes as it stands. */
const CAPWAP_OFFSET = 0xfff8;

/**
 * RFC 5415 section 4.3: frames between an access point and its controller, of 802.11 or of Ethernet.
 * Encrypted ones (type 1) and keep-alives are not read.
 */
function capwap(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + CAPWAP_MIN_HEADER > end || bytes[at] !== 0) return Layer.UDP;
  const header = (bytes[at + 1]! >> 3) * 4;
  if (header < CAPWAP_MIN_HEADER || at + header >= end) return Layer.UDP;
  if ((bytes[at + 2]! & CAPWAP_BINDING) !== CAPWAP_OF_802_11) return Layer.UDP;
  if (bytes[at + 3]! & CAPWAP_KEEP_ALIVE) return Layer.UDP;
  packet.at += header;
  const inner = (bytes[at + 2]! & CAPWAP_WLAN) === 0 ? Layer.ETHERNET : Layer.CAPWAP;
  if ((bytes[at + 3]! & CAPWAP_FRAGMENT) === 0) return inner;
  packet.fragmentId = u16(bytes, at + 4);
  packet.fragmentOffset = u16(bytes, at + 6) & CAPWAP_OFFSET;
  packet.moreFragments = (bytes[at + 3]! & CAPWAP_LAST) === 0;
  packet.next = INNER_LAYER + inner;
  return Layer.FRAGMENT;
}

const TZSP_MIN = 5;
const TZSP_END = 1;
const TZSP_PADDING = 0;
const TZSP_ETHERNET = 1;
const TZSP_WLAN = 18;

/** TaZmen Sniffer Protocol: version 1, a received packet, its protocol, tags up to an end tag. */
function tzsp(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + TZSP_MIN >= end || bytes[at] !== 1 || bytes[at + 1]! > 1) return Layer.UDP;
  const protocol = u16(bytes, at + 2);
  if (protocol !== TZSP_ETHERNET && protocol !== TZSP_WLAN) return Layer.UDP;
  let cursor = at + 4;
  while (cursor < end && bytes[cursor] !== TZSP_END) {
    cursor += bytes[cursor] === TZSP_PADDING ? 1 : 2 + (bytes[cursor + 1] ?? 0);
  }
  packet.at = cursor + 1;
  return protocol === TZSP_ETHERNET ? Layer.ETHERNET : Layer.WLAN;
}

/** The same as a link type. */
export function tzspLink(packet: Packet): Layer {
  if (packet.at + TZSP_MIN >= packet.end) return short(packet, Layer.TZSP);
  const layer = tzsp(packet);
  return layer === Layer.UDP ? fail(packet, Layer.TZSP, Failure.MALFORMED) : layer;
}

const PEEK_MAGIC = 0x00ffabcd;
const PEEK_LENGTH_AT = 5;
const PEEK_MIN_HEADER = 9;

/** A magic number, a version, the length of the header; then a frame of 802.11. */
function peek(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + PEEK_MIN_HEADER > end || i32(bytes, at) !== PEEK_MAGIC) return Layer.UDP;
  const header = u32(bytes, at + PEEK_LENGTH_AT);
  if (header < PEEK_MIN_HEADER || at + header > end) return Layer.UDP;
  packet.at += header;
  return Layer.WLAN;
}

// Link layers: what lies before IP on the wire, or in its place in captures. Each function reads the
// header at `packet.at`, moves past it and says what comes next.

import { u16, u24, u32 } from "../bytes.ts";
import { fail, Failure, Layer, type Packet, short } from "./packet.ts";

const LINKTYPE_ETHERNET = 1;

// LINKTYPE_ values, https://www.tcpdump.org/linktypes.html
const LINK_LAYERS: Readonly<Record<number, Layer>> = {
  0: Layer.BSD_LOOPBACK,
  [LINKTYPE_ETHERNET]: Layer.ETHERNET,
  9: Layer.PPP,
  12: Layer.IP,
  14: Layer.IP,
  50: Layer.PPP,
  51: Layer.PPPOE,
  101: Layer.IP,
  104: Layer.C_HDLC,
  105: Layer.WLAN,
  108: Layer.BSD_LOOPBACK,
  113: Layer.LINUX_COOKED,
  117: Layer.PFLOG,
  119: Layer.PRISM,
  127: Layer.RADIOTAP,
  163: Layer.AVS,
  192: Layer.PPI,
  228: Layer.IP,
  229: Layer.IP,
  239: Layer.NFLOG,
  276: Layer.LINUX_COOKED_2,
};

/** The outermost header of packets of a link type; null where it is not known. */
export const linkLayer = (linkType: number): Layer | null =>
  linkType === LINKTYPE_ETHERNET ? Layer.ETHERNET : LINK_LAYERS[linkType] ?? null;

const ETHERNET_HEADER = 14;
const ETHERTYPE_AT = 12;
const VLAN_TAG = 4;
const VN_TAG = 6;
const E_TAG = 8;
const PBB_TAG = 4;

export const EtherType = {
  IPV4: 0x0800,
  TRANSPARENT_ETHERNET: 0x6558,
  IPV6: 0x86dd,
  PPP: 0x880b,
  ERSPAN_2: 0x88be,
  ERSPAN_3: 0x22eb,
} as const;

export function ethernet(packet: Packet): Layer {
  if (packet.at + ETHERNET_HEADER > packet.end) return short(packet, Layer.ETHERNET);
  packet.next = u16(packet.bytes, packet.at + ETHERTYPE_AT);
  packet.at += ETHERNET_HEADER;
  return etherType(packet);
}

/** What an EtherType announces (IANA's "IEEE 802 Numbers"). */
export function etherType(packet: Packet): Layer {
  switch (packet.next) {
    case EtherType.IPV4:
    case EtherType.IPV6:
      return Layer.IP;
    case 0x8100: // 802.1Q
    case 0x88a8: // 802.1ad, QinQ
    case 0x9100: // QinQ before the standard
    case 0x9200:
      return Layer.VLAN;
    case 0x8847:
    case 0x8848:
      return Layer.MPLS;
    case 0x8864:
      return Layer.PPPOE;
    case EtherType.PPP:
      return Layer.PPP;
    case EtherType.TRANSPARENT_ETHERNET:
      return Layer.ETHERNET;
    case EtherType.ERSPAN_2:
      return Layer.ERSPAN_2;
    case EtherType.ERSPAN_3:
      return Layer.ERSPAN_3;
    case 0x894f:
      return Layer.NSH;
    case 0x8926: // VN-Tag
      return tag(packet, VN_TAG);
    case 0x893f: // 802.1BR
      return tag(packet, E_TAG);
    case 0x88e7: // Provider backbone bridges, 802.1ah: an I-TAG, then a whole frame
      packet.at += PBB_TAG;
      return Layer.ETHERNET;
    default:
      return packet.next <= 1500 ? Layer.LLC : Layer.OTHER;
  }
}

export const vlan = (packet: Packet): Layer => tag(packet, VLAN_TAG);

/** A tag whose last two bytes are the next EtherType. */
function tag(packet: Packet, length: number): Layer {
  if (packet.at + length > packet.end) return short(packet, Layer.VLAN);
  packet.at += length;
  packet.next = u16(packet.bytes, packet.at - 2);
  return Layer.ETHERTYPE;
}

/** Labels up to the bottom of the stack (RFC 3032); what is inside shows in its first four bits. */
export function mpls(packet: Packet): Layer {
  const { bytes, end } = packet;
  let bottom = false;
  while (!bottom) {
    if (packet.at + 4 > end) return short(packet, Layer.MPLS);
    bottom = (bytes[packet.at + 2]! & 1) === 1;
    packet.at += 4;
  }
  if (packet.at >= end) return short(packet, Layer.MPLS);
  const first = bytes[packet.at]! >> 4;
  if (first === 4 || first === 6) return Layer.IP;
  if (first !== 0) return Layer.ETHERNET;
  // An Ethernet pseudowire, mostly behind a control word that begins with 0 (RFC 4385).
  if (packet.at + 4 + ETHERNET_HEADER > end) return short(packet, Layer.MPLS);
  if (looksLikeEthernet(packet, packet.at + 4)) packet.at += 4;
  return Layer.ETHERNET;
}

function looksLikeEthernet(packet: Packet, at: number): boolean {
  const type = u16(packet.bytes, at + ETHERTYPE_AT);
  return type === EtherType.IPV4 || type === EtherType.IPV6 || type === 0x8100 || type === 0x0806;
}

const PPPOE_HEADER = 6;
const PPPOE_SESSION = 0;

/** RFC 2516 section 4. */
export function pppoe(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + PPPOE_HEADER > packet.end) return short(packet, Layer.PPPOE);
  if (bytes[at] !== 0x11) return fail(packet, Layer.PPPOE, Failure.MALFORMED);
  if (bytes[at + 1] !== PPPOE_SESSION) return Layer.OTHER;
  packet.at += PPPOE_HEADER;
  return Layer.PPP;
}

/** RFC 1661 section 2 and RFC 1662: address and control may be left out, the protocol be one byte. */
export function ppp(packet: Packet): Layer {
  const { bytes } = packet;
  let at = packet.at;
  if (at + 4 > packet.end) return short(packet, Layer.PPP);
  if (bytes[at] === 0xff && bytes[at + 1] === 0x03) at += 2;
  const isShort = (bytes[at]! & 1) === 1;
  const protocol = isShort ? bytes[at]! : u16(bytes, at);
  packet.at = at + (isShort ? 1 : 2);
  switch (protocol) {
    case 0x0021:
    case 0x0057:
      return Layer.IP;
    case 0x0281:
    case 0x0283:
      return Layer.MPLS;
    default:
      return Layer.OTHER;
  }
}

/** RFC 1042, and 802.1H, whose frames were Ethernet's before a bridge. Others have protocols of their own. */
const ORGANISATIONS_WITH_ETHERTYPE = [0x000000, 0x0000f8];

/** IEEE 802.2, mostly with SNAP: an organisation, then mostly an EtherType. */
export function llc(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + 3 > packet.end) return short(packet, Layer.LLC);
  if (bytes[at] === 0x06 && bytes[at + 1] === 0x06) {
    packet.at += 3;
    return Layer.IP;
  }
  if (bytes[at] !== 0xaa || bytes[at + 1] !== 0xaa) return Layer.OTHER;
  if (at + 8 > packet.end) return short(packet, Layer.LLC);
  if (!ORGANISATIONS_WITH_ETHERTYPE.includes(u24(bytes, at + 3))) return Layer.OTHER;
  packet.next = u16(bytes, at + 6);
  packet.at += 8;
  return Layer.ETHERTYPE;
}

const COOKED_HEADER = 16;
const COOKED_2_HEADER = 20;

export function linuxCooked(packet: Packet): Layer {
  if (packet.at + COOKED_HEADER > packet.end) return short(packet, Layer.LINUX_COOKED);
  return cooked(packet, u16(packet.bytes, packet.at + 14), COOKED_HEADER);
}

export function linuxCooked2(packet: Packet): Layer {
  if (packet.at + COOKED_2_HEADER > packet.end) return short(packet, Layer.LINUX_COOKED_2);
  return cooked(packet, u16(packet.bytes, packet.at), COOKED_2_HEADER);
}

function cooked(packet: Packet, protocol: number, header: number): Layer {
  packet.at += header;
  // Not an EtherType but Linux's ETH_P_802_2: LLC without a length before it.
  if (protocol === 0x0004) return Layer.LLC;
  packet.next = protocol;
  return protocol <= 1500 ? Layer.OTHER : Layer.ETHERTYPE;
}

/** An address family in the byte order of the machine that captured: IPv6's number differs by system. */
export function bsdLoopback(packet: Packet): Layer {
  if (packet.at + 4 > packet.end) return short(packet, Layer.BSD_LOOPBACK);
  const { bytes, at } = packet;
  const big = u32(bytes, at);
  const family = big <= 0xffff ? big : bytes[at]! | (bytes[at + 1]! << 8);
  packet.at += 4;
  return isIpFamily(family) ? Layer.IP : Layer.OTHER;
}

const isIpFamily = (family: number): boolean =>
  family === 2 || family === 10 || family === 24 || family === 28 || family === 30;

export function cHdlc(packet: Packet): Layer {
  if (packet.at + 4 > packet.end) return short(packet, Layer.C_HDLC);
  packet.next = u16(packet.bytes, packet.at + 2);
  packet.at += 4;
  return Layer.ETHERTYPE;
}

/** The least that any system writes (MIN_PFLOG_HDRLEN of tcpdump). */
const MIN_PFLOG_HEADER = 45;

/** OpenBSD's packet filter log: its length, then its address family. */
export function pflog(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + 4 > packet.end) return short(packet, Layer.PFLOG);
  if (bytes[at]! < MIN_PFLOG_HEADER) return fail(packet, Layer.PFLOG, Failure.MALFORMED);
  const length = (bytes[at]! + 3) & ~3;
  if (at + length > packet.end) return short(packet, Layer.PFLOG);
  packet.at += length;
  return isIpFamily(bytes[at + 1]!) ? Layer.IP : Layer.OTHER;
}

const NFLOG_PAYLOAD = 9;

/** Linux's netfilter log: attributes with length and type in the byte order of the machine. */
export function nflog(packet: Packet): Layer {
  const { bytes, end } = packet;
  let at = packet.at + 4;
  while (at + 4 <= end) {
    // Types are small, but for two flags on top: the byte that has no more than these is the upper one.
    const little = (bytes[at + 3]! & 0x3f) === 0;
    const length = little ? bytes[at]! | (bytes[at + 1]! << 8) : u16(bytes, at);
    const type = little ? bytes[at + 2]! : u16(bytes, at + 2);
    if (length < 4) return fail(packet, Layer.NFLOG, Failure.MALFORMED);
    if ((type & 0x7fff) === NFLOG_PAYLOAD) {
      packet.at = at + 4;
      packet.end = Math.min(end, at + length);
      // The kernel copies no more of a packet than it was asked to: only the packet itself tells.
      packet.isCut = true;
      return Layer.IP;
    }
    at += (length + 3) & ~3;
  }
  return short(packet, Layer.NFLOG);
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

// IPv4 (RFC 791), IPv6 with its extension headers (RFC 8200), TCP (RFC 9293) and UDP (RFC 768).
// Checksums are not verified: those of packets that this machine sends may not be filled in yet.

import { IPV4_MAPPED } from "../address.ts";
import { i32, u16 } from "../bytes.ts";
import { esp } from "./esp.ts";
import { l2tpIp } from "./l2tp.ts";
import { fail, Failure, Layer, type Packet, short } from "./packet.ts";
import { udpTunnel } from "./tunnel.ts";

const IPV4_HEADER = 20;
const IPV4_TOTAL_LENGTH_AT = 2;
const IPV4_ID_AT = 4;
const IPV4_FRAGMENT_AT = 6;
const IPV4_PROTOCOL_AT = 9;
const IPV4_SOURCE_AT = 12;
const IPV4_DESTINATION_AT = 16;

/** IPv4 or IPv6, by its first four bits. */
export function ip(packet: Packet): Layer {
  if (packet.at >= packet.end) return short(packet, Layer.IP);
  const version = packet.bytes[packet.at]! >> 4;
  if (version === 4) return ipv4(packet);
  return version === 6 ? ipv6(packet) : fail(packet, Layer.IP, Failure.MALFORMED);
}

export function ipv4(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + IPV4_HEADER > end) return short(packet, Layer.IPV4);
  const header = (bytes[at]! & 15) * 4;
  const total = u16(bytes, at + IPV4_TOTAL_LENGTH_AT);
  if (header < IPV4_HEADER || (total !== 0 && total < header)) {
    return fail(packet, Layer.IPV4, Failure.MALFORMED);
  }
  if (at + header > end) return short(packet, Layer.IPV4);
  // 0 if the network card does the segmentation (TSO): then the frame's length counts.
  if (total !== 0) endAt(packet, at + total);
  packet.src0 =
    packet.src1 =
    packet.dst0 =
    packet.dst1 =
      0;
  packet.src2 = packet.dst2 = IPV4_MAPPED;
  packet.src3 = i32(bytes, at + IPV4_SOURCE_AT);
  packet.dst3 = i32(bytes, at + IPV4_DESTINATION_AT);
  packet.next = bytes[at + IPV4_PROTOCOL_AT]!;
  packet.identity = u16(bytes, at + IPV4_ID_AT);
  packet.at = at + header;
  const fragment = u16(bytes, at + IPV4_FRAGMENT_AT);
  if ((fragment & 0x3fff) === 0) return ipPayload(packet);
  packet.fragmentId = u16(bytes, at + IPV4_ID_AT);
  packet.fragmentOffset = (fragment & 0x1fff) * 8;
  packet.moreFragments = (fragment & 0x2000) !== 0;
  return Layer.FRAGMENT;
}

/**
 * Ends the packet where a length field says: bytes behind it are padding. A length beyond what was sent
 * is wrong, and ignored: bytes would seem to be missing.
 */
function endAt(packet: Packet, end: number): void {
  packet.wireEnd = packet.isCut ? end : Math.min(end, packet.wireEnd);
  if (end < packet.end) packet.end = end;
}

const IPV6_HEADER = 40;
const IPV6_LENGTH_AT = 4;
const IPV6_NEXT_AT = 6;
const IPV6_SOURCE_AT = 8;
const IPV6_DESTINATION_AT = 24;

export function ipv6(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + IPV6_HEADER > end) return short(packet, Layer.IPV6);
  const length = u16(bytes, at + IPV6_LENGTH_AT);
  // 0 in jumbograms (RFC 2675), and if the network card does the segmentation.
  if (length !== 0) endAt(packet, at + IPV6_HEADER + length);
  packet.src0 = i32(bytes, at + IPV6_SOURCE_AT);
  packet.src1 = i32(bytes, at + IPV6_SOURCE_AT + 4);
  packet.src2 = i32(bytes, at + IPV6_SOURCE_AT + 8);
  packet.src3 = i32(bytes, at + IPV6_SOURCE_AT + 12);
  packet.dst0 = i32(bytes, at + IPV6_DESTINATION_AT);
  packet.dst1 = i32(bytes, at + IPV6_DESTINATION_AT + 4);
  packet.dst2 = i32(bytes, at + IPV6_DESTINATION_AT + 8);
  packet.dst3 = i32(bytes, at + IPV6_DESTINATION_AT + 12);
  packet.next = bytes[at + IPV6_NEXT_AT]!;
  packet.identity = 0;
  packet.at = at + IPV6_HEADER;
  return ipPayload(packet);
}

const Protocol = {
  HOP_BY_HOP: 0,
  IPV4: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  ROUTING: 43,
  FRAGMENT: 44,
  GRE: 47,
  ESP: 50,
  AUTHENTICATION: 51,
  DESTINATION_OPTIONS: 60,
  ETHER_IP: 97,
  IPCOMP: 108,
  L2TP: 115,
  SCTP: 132,
  MOBILITY: 135,
  MPLS: 137,
  HIP: 139,
  SHIM6: 140,
  ETHERNET: 143,
} as const;

/** The layer of the IP protocol in `packet.next`, behind any extension headers of IPv6. */
export function ipPayload(packet: Packet): Layer {
  for (;;) {
    switch (packet.next) {
      case Protocol.TCP:
        return tcp(packet);
      case Protocol.UDP:
        return udp(packet);
      case Protocol.HOP_BY_HOP:
      case Protocol.ROUTING:
      case Protocol.DESTINATION_OPTIONS:
      case Protocol.MOBILITY:
      case Protocol.HIP:
      case Protocol.SHIM6:
        if (!passExtension(packet, 8, 8)) return short(packet, Layer.IPV6);
        break;
      case Protocol.AUTHENTICATION:
        if (!passExtension(packet, 8, 4)) return short(packet, Layer.IPV6);
        break;
      case Protocol.FRAGMENT: {
        if (packet.at + 8 > packet.end) return short(packet, Layer.IPV6);
        if (fragmentHeader(packet)) return Layer.FRAGMENT;
        break;
      }
      case Protocol.IPV4:
      case Protocol.IPV6:
        return Layer.IP;
      case Protocol.GRE:
        return Layer.GRE;
      case Protocol.MPLS:
        return Layer.MPLS;
      case Protocol.ETHER_IP:
        packet.at += 2;
        return Layer.ETHERNET;
      case Protocol.ETHERNET: // RFC 8986 section 4.9
        return Layer.ETHERNET;
      case Protocol.L2TP:
        return l2tpIp(packet);
      case Protocol.ESP:
        return esp(packet);
      case Protocol.IPCOMP:
        return fail(packet, Layer.IPCOMP, Failure.COMPRESSED);
      case Protocol.SCTP:
        return fail(packet, Layer.SCTP, Failure.UNSUPPORTED);
      default:
        return Layer.OTHER;
    }
  }
}

/** Skips an extension header: next protocol, then its length in units of `unit` bytes beyond `first`. */
function passExtension(packet: Packet, first: number, unit: number): boolean {
  const { bytes, at } = packet;
  if (at + 2 > packet.end) return false;
  packet.next = bytes[at]!;
  packet.at = at + first + bytes[at + 1]! * unit;
  return packet.at <= packet.end;
}

/** RFC 8200 section 4.5. Returns false if the fragment is the whole packet (RFC 6946). */
function fragmentHeader(packet: Packet): boolean {
  const { bytes, at } = packet;
  packet.next = bytes[at]!;
  packet.at = at + 8;
  const fragment = u16(bytes, at + 2);
  packet.fragmentId = i32(bytes, at + 4);
  packet.fragmentOffset = fragment & 0xfff8;
  packet.moreFragments = (fragment & 1) === 1;
  return packet.fragmentOffset !== 0 || packet.moreFragments;
}

const TCP_HEADER = 20;
const TCP_SEQUENCE_AT = 4;
const TCP_ACKNOWLEDGEMENT_AT = 8;
const TCP_OFFSET_AT = 12;
const TCP_FLAGS_AT = 13;

function tcp(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + TCP_HEADER > end) return short(packet, Layer.TCP);
  const header = (bytes[at + TCP_OFFSET_AT]! >> 4) * 4;
  if (header < TCP_HEADER) return fail(packet, Layer.TCP, Failure.MALFORMED);
  if (at + header > packet.wireEnd) return fail(packet, Layer.TCP, Failure.MALFORMED);
  // If the options were cut off, nothing of the payload was captured: only its length is known.
  const missing = Math.max(0, at + header - end);
  packet.srcPort = u16(bytes, at);
  packet.dstPort = u16(bytes, at + 2);
  packet.sequence = i32(bytes, at + TCP_SEQUENCE_AT);
  packet.acknowledgement = i32(bytes, at + TCP_ACKNOWLEDGEMENT_AT);
  packet.flags = bytes[at + TCP_FLAGS_AT]!;
  packet.segmentAt = at;
  packet.at = at + header - missing;
  packet.wireEnd -= missing;
  return Layer.TCP;
}

const UDP_HEADER = 8;
const UDP_LENGTH_AT = 4;

function udp(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + UDP_HEADER > end) return short(packet, Layer.UDP);
  const length = u16(bytes, at + UDP_LENGTH_AT);
  if (length !== 0) {
    if (length < UDP_HEADER) return fail(packet, Layer.UDP, Failure.MALFORMED);
    if (at + length < packet.wireEnd) endAt(packet, at + length);
  }
  packet.srcPort = u16(bytes, at);
  packet.dstPort = u16(bytes, at + 2);
  packet.at = at + UDP_HEADER;
  return udpTunnel(packet);
}

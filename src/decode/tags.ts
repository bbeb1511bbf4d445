// Headers between Ethernet's addresses and the EtherType of the payload: VLANs, security groups, time
// stamps, sequence numbers, ports of a switch, MACsec. After some of them, TRILL and batman-adv, a whole
// frame follows.

import { i32, u16 } from "../bytes.ts";
import { fail, Failure, INNER_LAYER, Layer, type Packet, short } from "./packet.ts";

const FABRIC_PATH = 0x8903;
const BACKBONE = 0x88e7;
const TAP_TIME = 0xd28b;
const REALTEK = 0x8899;

/** How long the tag with this EtherType is, the next EtherType not included; 0 if it is no tag. */
export function tagLength(type: number): number {
  switch (type) {
    case FABRIC_PATH: // Cisco's: tree and hops
    case REALTEK: // a port, unless it is a longer form, or no tag
      return 2;
    case BACKBONE: // 802.1ah: a service
    case 0x8926: // VN-Tag
    case 0x892f: // HSR and PRP (IEC 62439-3): path and sequence number
    case 0xf1c1: // 802.1CB: sequence number
    case 0x8874: // Broadcom's switches: a port
      return 4;
    case 0x893f: // 802.1BR
    case 0xdada: // Marvell's switches (EDSA): two reserved bytes, a port, a VLAN
    case 0x8909: // Cisco MetaData: version, length, option, security group
    case 0x8988: // Cisco TTag: time
      return 6;
    case TAP_TIME: // Arista's: two bytes each of kind and version, a time stamp of six or eight bytes
      return 10;
    default:
      return 0;
  }
}

/** In the version of Arista's tag: the time stamp has eight bytes. */
const TAP_TIME_LONG = 0x10;

const VLAN_LENGTH = 2;

export const vlan = (packet: Packet): Layer => passTag(packet, VLAN_LENGTH, Layer.VLAN);

/** The tag with the EtherType in `packet.next`. */
export function tag(packet: Packet): Layer {
  const { next } = packet;
  if (next === REALTEK) return realtek(packet);
  if (next === TAP_TIME && (packet.bytes[packet.at + 3]! & TAP_TIME_LONG) !== 0) {
    return passTag(packet, tagLength(next) + 2, Layer.TAG);
  }
  if (next !== FABRIC_PATH && next !== BACKBONE) return passTag(packet, tagLength(next), Layer.TAG);
  packet.at += tagLength(next);
  return Layer.ETHERNET;
}

/** By its first four bits, which switch's form a tag of Realtek has; or by its first byte. */
const REALTEK_SHORT = [0x9, 0xa];
const REALTEK_LONG = 0x04;
const REALTEK_LONG_LENGTH = 6;

/** What Realtek's switches put before the EtherType. Their own protocols, as for loops, have its type too. */
function realtek(packet: Packet): Layer {
  if (packet.at >= packet.end) return short(packet, Layer.TAG);
  const first = packet.bytes[packet.at]!;
  if (REALTEK_SHORT.includes(first >> 4)) return passTag(packet, tagLength(REALTEK), Layer.TAG);
  return first === REALTEK_LONG ? passTag(packet, REALTEK_LONG_LENGTH, Layer.TAG) : Layer.OTHER;
}

function passTag(packet: Packet, length: number, layer: Layer): Layer {
  const type = packet.at + length;
  if (type + 2 > packet.end) return short(packet, layer);
  packet.next = u16(packet.bytes, type);
  packet.at = type + 2;
  return Layer.ETHERTYPE;
}

/** Where the tag that a switch puts between addresses and EtherType begins. */
const ADDRESSES = 12;

/** A frame with such a tag of `length` bytes, of Marvell's or Broadcom's switches: it has no EtherType. */
export function switchTag(packet: Packet, length: number): Layer {
  packet.at += ADDRESSES;
  return passTag(packet, length, Layer.DSA);
}

/** By type of packet (its version is 15), how long the header before a frame is. */
const BATMAN_BROADCAST = 0x01;
const BATMAN_UNICAST = 0x40;
const BATMAN_FRAGMENT = 0x41;
const BATMAN_UNICAST_4_ADDRESSES = 0x42;
const BATMAN_VERSION = 15;

/** Mesh networks of batman-adv: https://www.kernel.org/doc/html/latest/networking/batman-adv.html. */
export function batman(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + 2 > end) return short(packet, Layer.BATMAN);
  if (bytes[at + 1] !== BATMAN_VERSION) return fail(packet, Layer.BATMAN, Failure.UNSUPPORTED);
  switch (bytes[at]) {
    case BATMAN_UNICAST:
      packet.at += 10;
      return Layer.ETHERNET;
    case BATMAN_BROADCAST:
      packet.at += 14;
      return Layer.ETHERNET;
    case BATMAN_UNICAST_4_ADDRESSES:
      packet.at += 18;
      return Layer.ETHERNET;
    case BATMAN_FRAGMENT:
      return batmanFragment(packet);
    default:
      return Layer.OTHER;
  }
}

const BATMAN_FRAGMENT_HEADER = 20;
/** What always takes at most two fragments: a frame that is too long because of the headers. */
const BATMAN_TWO = 1600;
/** Nodes make fragments of about the same size. */
const BATMAN_UNEVEN = 16;

/**
 * Nodes cut a packet from its end: the last part has number 0, and all behind the first are of one size. The
 * header has the number, destination, originator, the packet's number and its size.
 */
function batmanFragment(packet: Packet): Layer {
  const { bytes, at } = packet;
  packet.at += BATMAN_FRAGMENT_HEADER;
  if (packet.at > packet.end) return short(packet, Layer.BATMAN);
  const number = bytes[at + 3]! >> 4;
  const whole = u16(bytes, at + 18);
  const length = packet.wireEnd - packet.at;
  const isFirst = number > 0 && whole - length < number * (length + BATMAN_UNEVEN) ||
    number === 1 && whole <= BATMAN_TWO;
  packet.fragmentOffset = isFirst ? 0 : whole - (number + 1) * length;
  if (packet.fragmentOffset < 0) return fail(packet, Layer.BATMAN, Failure.MALFORMED);
  packet.fragmentId = u16(bytes, at + 16);
  packet.moreFragments = number > 0;
  packet.dst0 = i32(bytes, at + 4);
  packet.dst1 = u16(bytes, at + 8);
  packet.src0 = i32(bytes, at + 10);
  packet.src1 = u16(bytes, at + 14);
  // Unlike any of IPv4's.
  packet.src2 =
    packet.src3 =
    packet.dst2 =
    packet.dst3 =
      0;
  packet.next = INNER_LAYER + Layer.BATMAN;
  return Layer.FRAGMENT;
}

const MACSEC_VERSION = 0x80;
const MACSEC_CHANNEL = 0x20;
/** Set if the payload is encrypted or changed in any way. */
const MACSEC_CHANGED = 0x0c;
const MACSEC_HEADER = 6;
const MACSEC_CHANNEL_ID = 8;

/** IEEE 802.1AE section 9. Without encryption the payload is unchanged; a check value follows it. */
export function macsec(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + MACSEC_HEADER > packet.end) return short(packet, Layer.MACSEC);
  const control = bytes[at]!;
  if (control & MACSEC_VERSION) return fail(packet, Layer.MACSEC, Failure.UNSUPPORTED);
  if (control & MACSEC_CHANGED) return fail(packet, Layer.MACSEC, Failure.ENCRYPTED);
  const length = MACSEC_HEADER + (control & MACSEC_CHANNEL ? MACSEC_CHANNEL_ID : 0);
  return passTag(packet, length, Layer.MACSEC);
}

const TRILL_HEADER = 6;

/** RFC 6325 section 3: version, length of options, hop count, two switches; then a frame. */
export function trill(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + TRILL_HEADER > packet.end) return short(packet, Layer.TRILL);
  const flags = u16(bytes, at);
  if (flags >> 14 !== 0) return fail(packet, Layer.TRILL, Failure.UNSUPPORTED);
  packet.at += TRILL_HEADER + ((flags >> 6) & 0x1f) * 4;
  return Layer.ETHERNET;
}

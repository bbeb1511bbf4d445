// Headers of devices that capture (cards of Endace, routers of Juniper, firewalls of Symantec, Solaris'
// interfaces), and of networks whose captures are made by such devices: cables (DOCSIS), ATM, FireWire.

import { u16, u24 } from "../bytes.ts";
import { fail, Failure, Layer, type Packet, short } from "./packet.ts";

/** Skips `length` bytes that nothing is needed of. */
export function behind(packet: Packet, length: number, inner: Layer): Layer {
  packet.at += length;
  return inner;
}

/** Two addresses of eight bytes. */
const FIREWIRE_ADDRESSES = 16;

/** IP over IEEE 1394 as macOS captures it: addresses, an EtherType. */
export function firewire(packet: Packet): Layer {
  const type = packet.at + FIREWIRE_ADDRESSES;
  if (type + 2 > packet.end) return short(packet, Layer.FIREWIRE);
  packet.next = u16(packet.bytes, type);
  packet.at = type + 2;
  return Layer.ETHERTYPE;
}

const SUNATM_HEADER = 4;
const SUNATM_TYPE = 0x0f;
const SUNATM_LAN_EMULATION = 1;
const SUNATM_LLC = 2;
/** The sender's number, before an emulated Ethernet frame. */
const LAN_EMULATION_HEADER = 2;

/** A kind of traffic, a circuit; then LLC or an Ethernet frame. */
export function sunAtm(packet: Packet): Layer {
  if (packet.at + SUNATM_HEADER > packet.end) return short(packet, Layer.SUNATM);
  const type = packet.bytes[packet.at]! & SUNATM_TYPE;
  packet.at += SUNATM_HEADER;
  if (type === SUNATM_LLC) return Layer.LLC;
  if (type !== SUNATM_LAN_EMULATION) return Layer.OTHER;
  return behind(packet, LAN_EMULATION_HEADER, Layer.ETHERNET);
}

/** Frame control, a length, the frame's length, a check of the header. */
const DOCSIS_HEADER = 6;
const DOCSIS_EXTENDED = 0x01;
/** Elements of privacy (upstream, downstream), and the bit of their second byte that says "encrypted". */
const PRIVACY_ELEMENTS = [3, 4, 7];
const PRIVACY_ENABLED = 0x80;

/** Cable modems (DOCSIS MULPI section 6.2): an Ethernet frame, unless it is a message of their own. */
export function docsis(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + DOCSIS_HEADER > end) return short(packet, Layer.DOCSIS);
  // Packets, among cells of ATM and messages of the MAC.
  if (bytes[at]! >> 6 !== 0) return Layer.OTHER;
  const extended = (bytes[at]! & DOCSIS_EXTENDED) === 0 ? 0 : bytes[at + 1]!;
  if (at + DOCSIS_HEADER + extended > end) return short(packet, Layer.DOCSIS);
  if (isPrivate(bytes, at + 4, at + 4 + extended)) {
    return fail(packet, Layer.DOCSIS, Failure.ENCRYPTED);
  }
  return behind(packet, DOCSIS_HEADER + extended, Layer.ETHERNET);
}

/** Whether the elements of an extended header, each with type and length in one byte, say so. */
function isPrivate(bytes: Uint8Array, at: number, end: number): boolean {
  let cursor = at;
  while (cursor + 2 < end) {
    const type = bytes[cursor]! >> 4;
    if (PRIVACY_ELEMENTS.includes(type)) return (bytes[cursor + 2]! & PRIVACY_ENABLED) !== 0;
    cursor += 1 + (bytes[cursor]! & 15);
  }
  return false;
}

const ERF_HEADER = 16;
const ERF_TYPE_AT = 8;
const ERF_MORE = 0x80;
const ERF_EXTENSION = 8;
/** Two bytes of offset and padding, before Ethernet. */
const ERF_ETHERNET_OFFSET = 2;

/** Endace's Extensible Record Format: time, type, flags, lengths; perhaps extensions. */
export function erf(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + ERF_HEADER > end) return short(packet, Layer.ERF);
  const type = bytes[at + ERF_TYPE_AT]!;
  let hasMore = (type & ERF_MORE) !== 0;
  packet.at += ERF_HEADER;
  while (hasMore) {
    if (packet.at + ERF_EXTENSION > end) return short(packet, Layer.ERF);
    hasMore = (bytes[packet.at]! & ERF_MORE) !== 0;
    packet.at += ERF_EXTENSION;
  }
  return erfPayload(packet, type & 0x7f);
}

function erfPayload(packet: Packet, type: number): Layer {
  switch (type) {
    case 1: // HDLC, and the same with other fields in the header
    case 10:
    case 15:
    case 19:
      return Layer.PPP;
    case 2: // Ethernet, likewise
    case 11:
    case 16:
    case 20:
      return behind(packet, ERF_ETHERNET_OFFSET, Layer.ETHERNET);
    case 22:
    case 23:
      return Layer.IP;
    default:
      return Layer.OTHER;
  }
}

const IPNET_HEADER = 24;

/** Solaris: version, address family, interfaces, zones. */
export const ipnet = (packet: Packet): Layer => behind(packet, IPNET_HEADER, Layer.IP);

/** "MGC". */
const JUNIPER_MAGIC = 0x4d4743;
const JUNIPER_HEADER = 4;
const JUNIPER_EXTENDED = 0x80;
const JUNIPER_NO_LINK_LAYER = 0x02;
/** The number of the protocol, if there is no link layer. */
const JUNIPER_PROTOCOL = 4;

/** Junos: a magic number, flags, perhaps extensions behind their length; then the link layer `inner`. */
export function juniper(packet: Packet, inner: Layer): Layer {
  const { bytes, at, end } = packet;
  if (at + JUNIPER_HEADER + 2 > end) return short(packet, Layer.JUNIPER_ETHERNET);
  if (u24(bytes, at) !== JUNIPER_MAGIC) return inner;
  const flags = bytes[at + 3]!;
  packet.at += JUNIPER_HEADER;
  if (flags & JUNIPER_EXTENDED) packet.at += 2 + u16(bytes, packet.at);
  return flags & JUNIPER_NO_LINK_LAYER ? behind(packet, JUNIPER_PROTOCOL, Layer.IP) : inner;
}

/** Where version 2 and version 3 of its header have the EtherType (the other has 0 there), and their lengths. */
const SYMANTEC_2 = { typeAt: 6, length: 44 };
const SYMANTEC_3 = { typeAt: 20, length: 56 };

/** Symantec's firewall. */
export function symantec(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + SYMANTEC_2.length > end) return short(packet, Layer.SYMANTEC);
  const { typeAt, length } = u16(bytes, at + SYMANTEC_2.typeAt) === 0 ? SYMANTEC_3 : SYMANTEC_2;
  packet.next = u16(bytes, at + typeAt);
  packet.at += length;
  return Layer.ETHERTYPE;
}

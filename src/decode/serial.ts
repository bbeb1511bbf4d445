// Point-to-point lines: PPP, PPP over Ethernet, Multilink PPP, Cisco HDLC, frame relay and packet radio.

import { i32, u16, u24 } from "../bytes.ts";
import { nlpid } from "./link.ts";
import { fail, Failure, Layer, type Packet, short } from "./packet.ts";

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

const PppProtocol = { IPV4: 0x0021, MULTILINK: 0x003d, IPV6: 0x0057 } as const;
/** Microsoft's encryption comes as compressed data with this bit set (RFC 3078). */
const MPPE_ENCRYPTED = 0x10;

const PPP_CONTROL = 0x03;

/** The address of Cisco HDLC instead of PPP's (RFC 1547 section 4.3.1): of a unicast, of a broadcast. */
const isCHdlc = (bytes: Uint8Array, at: number): boolean =>
  (bytes[at] === 0x0f || bytes[at] === 0x8f) && bytes[at + 1] === 0;

/** RFC 1661 section 2 and RFC 1662. Address and control are optional, and the protocol may be one byte. */
export function ppp(packet: Packet): Layer {
  const { bytes } = packet;
  if (packet.at + 4 > packet.end) return short(packet, Layer.PPP);
  if (isCHdlc(bytes, packet.at)) return Layer.CHDLC;
  const at = passAddress(bytes, packet.at);
  packet.at = at + ((bytes[at]! & 1) === 1 ? 1 : 2);
  switch (protocolAt(bytes, at)) {
    case PppProtocol.IPV4:
    case PppProtocol.IPV6:
      return Layer.IP;
    case PppProtocol.MULTILINK:
      return Layer.MULTILINK;
    case 0x0281:
    case 0x0283:
      return Layer.MPLS;
    case 0x0031:
      return bridged(packet);
    case 0x0053:
    case 0x0055:
      return fail(packet, Layer.PPP, Failure.ENCRYPTED);
    case 0x00fb:
    case 0x00fd: {
      if (packet.at >= packet.end) return short(packet, Layer.PPP);
      const isEncrypted = (bytes[packet.at]! & MPPE_ENCRYPTED) !== 0;
      return fail(packet, Layer.PPP, isEncrypted ? Failure.ENCRYPTED : Failure.COMPRESSED);
    }
    case 0x002d: // Van Jacobson's header compression, RFC 1144
    case 0x002f:
      return fail(packet, Layer.PPP, Failure.COMPRESSED);
    default:
      return Layer.OTHER;
  }
}

const BRIDGED_LAN_ID = 0x40;
const BRIDGED_ETHERNET = 1;

/** RFC 3518 section 4.2: flags, a kind of network, perhaps the number of a LAN; then a frame. */
function bridged(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + 2 > packet.end) return short(packet, Layer.PPP);
  packet.at += 2 + ((bytes[at]! & BRIDGED_LAN_ID) === 0 ? 0 : 4);
  return bytes[at + 1] === BRIDGED_ETHERNET ? Layer.ETHERNET : Layer.OTHER;
}

/** Where the protocol begins: behind address and control, if they are there. */
const passAddress = (bytes: Uint8Array, at: number): number =>
  bytes[at] === 0xff && bytes[at + 1] === PPP_CONTROL ? at + 2 : at;

/** The protocol at `at`: one byte if that is odd, else two. */
const protocolAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! & 1) === 1 ? bytes[at]! : u16(bytes, at);

/** Whether a PPP frame with IP or Multilink PPP may begin at `at`. */
export function isPpp({ bytes, end }: Packet, at: number): boolean {
  if (at + 4 > end) return false;
  const from = passAddress(bytes, at);
  const protocol = protocolAt(bytes, from);
  if (protocol === PppProtocol.MULTILINK) return true;
  const inner = from + ((bytes[from]! & 1) === 1 ? 1 : 2);
  if (inner >= end) return false;
  const version = bytes[inner]! >> 4;
  return protocol === PppProtocol.IPV4 && version === 4 ||
    protocol === PppProtocol.IPV6 && version === 6;
}

/** The same, with address and control. */
export const isFramedPpp = (packet: Packet, at: number): boolean =>
  isPpp(packet, at) && passAddress(packet.bytes, at) > at;

const MULTILINK_FIRST = 0x80;
const MULTILINK_LAST = 0x40;
const MULTILINK_LONG_HEADER = 4;
export const MULTILINK_SHORT_HEADER = 2;

/**
 * RFC 1990 section 3: a packet or a fragment. Of a fragment, `fragmentId` is the sequence number, `src0`
 * to `src2` are the sender, and `next` is the length of the header.
 */
export function multilink(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + MULTILINK_LONG_HEADER > packet.end) return short(packet, Layer.MULTILINK);
  const isFirst = (bytes[at]! & MULTILINK_FIRST) !== 0;
  const isLast = (bytes[at]! & MULTILINK_LAST) !== 0;
  if (isFirst) packet.multilinkHeader = multilinkHeader(packet);
  const header = packet.multilinkHeader;
  if (!isFirst || !isLast) {
    packet.next = header;
    const isShort = header === MULTILINK_SHORT_HEADER;
    packet.fragmentId = isShort ? u16(bytes, at) & 0x0fff : u24(bytes, at + 1);
    packet.fragmentOffset = isFirst ? 0 : 1;
    packet.moreFragments = !isLast;
    setSender(packet);
  }
  packet.at += header;
  return isFirst && isLast ? Layer.PPP : Layer.PPP_FRAGMENT;
}

/** Length of the header. Its sequence number has 24 or 12 bits: where the PPP frame begins shows it. */
function multilinkHeader(packet: Packet): number {
  const short = packet.at + MULTILINK_SHORT_HEADER;
  // PPP's address and control look like a sequence number; what is behind them is PPP too.
  const isShort = isFramedPpp(packet, short) ||
    !isPpp(packet, packet.at + MULTILINK_LONG_HEADER) && isPpp(packet, short);
  return isShort ? MULTILINK_SHORT_HEADER : MULTILINK_LONG_HEADER;
}

/** Takes the first 12 bytes, which are Ethernet's addresses; on a line the first one, the direction if any. */
function setSender(packet: Packet): void {
  const { bytes, begin, at } = packet;
  const hasAddresses = at >= begin + 14;
  packet.src0 = hasAddresses ? i32(bytes, begin) : bytes[begin]!;
  packet.src1 = hasAddresses ? i32(bytes, begin + 4) : 0;
  packet.src2 = hasAddresses ? i32(bytes, begin + 8) : 0;
}

export function cHdlc(packet: Packet): Layer {
  if (packet.at + 4 > packet.end) return short(packet, Layer.CHDLC);
  packet.next = u16(packet.bytes, packet.at + 2);
  packet.at += 4;
  return Layer.ETHERTYPE;
}

/** PPP behind a byte for the direction: one more, or instead of the address. */
export function pppDirection(packet: Packet): Layer {
  packet.at += packet.bytes[packet.at + 1] === PPP_CONTROL ? 2 : 1;
  return Layer.PPP;
}

const UNNUMBERED = 0x03;
const MAX_ADDRESS = 4;

/** RFC 2427: an address, then the protocol by its NLPID; Cisco uses an EtherType instead. */
export function frameRelay(packet: Packet): Layer {
  const { bytes, end } = packet;
  let at = packet.at;
  const last = at + MAX_ADDRESS;
  // The address ends with the byte whose lowest bit is set.
  do at++; while (at < last && at < end && (bytes[at]! & 1) === 0);
  at++;
  if (at + 2 > end) return short(packet, Layer.FRAME_RELAY);
  if (bytes[at] !== UNNUMBERED) {
    packet.next = u16(bytes, at);
    packet.at = at + 2;
    return Layer.ETHERTYPE;
  }
  at++;
  // A byte of padding may follow.
  if (bytes[at] === 0) at++;
  if (at >= end) return short(packet, Layer.FRAME_RELAY);
  packet.at = at;
  return nlpid(packet);
}

/** Each address, and how many: from, to, and up to eight radios between them. */
const AX25_ADDRESS = 7;
const AX25_ADDRESSES = 10;
const AX25_IP = 0xcc;

/** Packet radio: addresses, of which the last one has its lowest bit set; control, then what follows. */
export function ax25(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  let control = at + AX25_ADDRESS;
  const last = at + AX25_ADDRESSES * AX25_ADDRESS;
  while (control < last && control < end && (bytes[control - 1]! & 1) === 0) {
    control += AX25_ADDRESS;
  }
  if (control + 2 > end) return short(packet, Layer.AX25);
  packet.at = control + 2;
  return bytes[control + 1] === AX25_IP ? Layer.IP : Layer.OTHER;
}

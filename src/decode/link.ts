// Ethernet, and how it says what it carries: by EtherType, or by 802.2. As in all of this folder, a
// function reads the header at `packet.at`, moves `packet.at` behind it, and returns the next layer.

import { i32, u16, u24 } from "../bytes.ts";
import { fail, Failure, Layer, type Packet, short } from "./packet.ts";
import { tagLength } from "./tags.ts";

const ETHERNET_HEADER = 14;
const ETHERTYPE_AT = 12;
/** Up to here, the field of the EtherType has the frame's length instead (802.3), and 802.2 follows. */
const MAX_LENGTH = 1500;

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

/** The layer of the EtherType in `packet.next`. */
export function etherType(packet: Packet): Layer {
  const { next } = packet;
  if (next === EtherType.IPV4 || next === EtherType.IPV6) return Layer.IP;
  const layer = announced(next);
  return layer === Layer.LINK ? fail(packet, Layer.LINK, Failure.UNKNOWN_TYPE) : layer;
}

/** The layer of an EtherType (IANA's "IEEE 802 Numbers"); LINK if it is not known. */
export function announced(type: number): Layer {
  switch (type) {
    case EtherType.IPV4:
    case EtherType.IPV6:
      return Layer.IP;
    case 0x8100: // 802.1Q
    case 0x88a8: // 802.1ad, QinQ
    case 0x8200: // QinQ as switches numbered it before the standard
    case 0x9100:
    case 0x9200:
    case 0x9300:
    case 0x9500:
    case 0xdadb: // Linux's, for the ports of a switch
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
      return Layer.ERSPAN2;
    case EtherType.ERSPAN_3:
      return Layer.ERSPAN3;
    case 0x894f:
      return Layer.NSH;
    case 0x88e5:
      return Layer.MACSEC;
    case 0x22f3:
      return Layer.TRILL;
    case 0x4305:
      return Layer.BATMAN;
    case 0x6559: // in GRE
      return Layer.FRAME_RELAY;
    case 0x8870: // 802.3 with more than 1500 bytes
      return Layer.LLC;
    default:
      if (type <= MAX_LENGTH) return Layer.LLC;
      if (tagLength(type) > 0) return Layer.TAG;
      return isControl(type) ? Layer.OTHER : Layer.LINK;
  }
}

/** Whether frames of this type only run the network itself, so that nothing is missed in them. */
function isControl(type: number): boolean {
  switch (type) {
    case 0x0806: // ARP
    case 0x8035: // RARP
    case 0x2001: // NHRP, in GRE
    case 0x8808: // flow control
    case 0x8809: // LACP and its like
    case 0x8863: // PPPoE discovery
    case 0x888e: // 802.1X
    case 0x88cc: // LLDP
    case 0x9000: // loopback test
      return true;
    default:
      return false;
  }
}

/** Organisations whose protocols are EtherTypes: of RFC 1042, and of 802.1H. */
const ORGANISATIONS_WITH_ETHERTYPE = [0x000000, 0x0000f8];
/** The organisation of 802.1, under which whole frames are carried. */
const BRIDGED = 0x0080c2;
const CISCO = 0x00000c;

/** IEEE 802.2, usually with SNAP: an organisation, then one of its protocols. */
export function llc(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + 3 > packet.end) return short(packet, Layer.LLC);
  packet.at += 3;
  switch (u16(bytes, at)) {
    case 0x0606:
      return Layer.IP;
    case 0xaaaa:
      return snap(packet, BRIDGED_PADDING);
    case 0xfefe:
      return nlpid(packet);
    default:
      return Layer.OTHER;
  }
}

/** How ISO numbers protocols (ISO/IEC TR 9577): in frame relay (RFC 2427), and in ATM (RFC 2684). */
export function nlpid(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at >= packet.end) return short(packet, Layer.LLC);
  packet.at++;
  switch (bytes[at]) {
    case 0xcc:
    case 0x8e:
      return Layer.IP;
    case 0xcf:
      return Layer.PPP;
    case 0x80:
      return snap(packet, 0);
    default:
      return Layer.OTHER;
  }
}

/** Between SNAP and a bridged frame, of Ethernet and ATM (RFC 2684 section 5.2). */
const BRIDGED_PADDING = 2;

/** An organisation and an EtherType, or a bridged Ethernet frame behind `padding` bytes. */
function snap(packet: Packet, padding: number): Layer {
  const { bytes, at } = packet;
  if (at + 5 > packet.end) return short(packet, Layer.LLC);
  packet.next = u16(bytes, at + 3);
  packet.at += 5;
  const organisation = u24(bytes, at);
  if (ORGANISATIONS_WITH_ETHERTYPE.includes(organisation)) return Layer.ETHERTYPE;
  if (organisation === CISCO && isTrunk(packet, at)) {
    packet.at += TRUNK_REST;
    return Layer.ETHERNET;
  }
  // With its check sequence, and without.
  if (organisation !== BRIDGED || packet.next !== 0x0001 && packet.next !== 0x0007) {
    return Layer.OTHER;
  }
  packet.at += padding;
  return Layer.ETHERNET;
}

/** From the destination of a frame of ISL, Cisco's VLANs of old, to its organisation; and what follows the VLAN. */
const TRUNK_HEADER = 17;
const TRUNK_REST = 4;
/** Five bytes of the destination are always these; in the first one, a bit may differ. */
const TRUNK_DESTINATION = 0x01000c00;
const TRUNK_BIT = 0x02000000;

/** Whether what SNAP's organisation at `at` is in is a header of ISL, behind which a whole frame comes. */
function isTrunk({ bytes, begin }: Packet, at: number): boolean {
  const destination = at - TRUNK_HEADER;
  return destination >= begin && bytes[destination + 4] === 0 &&
    (i32(bytes, destination) & ~TRUNK_BIT) === TRUNK_DESTINATION;
}

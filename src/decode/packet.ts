// The result of decoding a packet: one record that is filled again for each, so that none allocates.

/** The headers that are known; decode.ts has a function for each. Numbered without gaps. */
export const Layer = {
  /** Not TCP and not UDP: nothing to follow. */
  OTHER: 0,
  TCP: 1,
  UDP: 2,
  /** A fragment of an IP packet: the others are needed before it can be decoded. */
  FRAGMENT: 3,
  /** The same of an 802.11 frame. */
  WLAN_FRAGMENT: 4,
  /** The same of a packet in Multilink PPP. */
  PPP_FRAGMENT: 5,
  /** An 802.11 frame that contains several: each is a packet of its own (A-MSDU). */
  AGGREGATE: 6,
  /** See `Packet.failedLayer` and `Packet.failure`. */
  FAILED: 7,
  ETHERNET: 8,
  /** `Packet.next` has an EtherType. */
  ETHERTYPE: 9,
  VLAN: 10,
  /** The same, of a tag that tags.ts knows. */
  TAG: 11,
  MACSEC: 12,
  TRILL: 13,
  MPLS: 14,
  PPPOE: 15,
  PPP: 16,
  MULTILINK: 17,
  CHDLC: 18,
  FRAME_RELAY: 19,
  LLC: 20,
  SLL: 21,
  SLL2: 22,
  /** BSD's loopback. */
  NULL: 23,
  ENC: 24,
  PKTAP: 25,
  IPOIB: 26,
  /** A byte for the direction, then PPP (or instead of its address), Cisco HDLC or frame relay. */
  PPP_DIRECTION: 27,
  CHDLC_DIRECTION: 28,
  FRAME_RELAY_DIRECTION: 29,
  NFLOG: 30,
  PFLOG: 31,
  IP: 32,
  IPV4: 33,
  IPV6: 34,
  /** `Packet.next` has an IP protocol number. */
  IP_PAYLOAD: 35,
  GRE: 36,
  ERSPAN2: 37,
  ERSPAN3: 38,
  EOIP: 39,
  NSH: 40,
  WLAN: 41,
  /** The payload of an 802.11 data frame. */
  WLAN_BODY: 42,
  RADIOTAP: 43,
  PRISM: 44,
  AVS: 45,
  PPI: 46,
  /** A frame of 802.11 as CAPWAP carries it. */
  CAPWAP: 47,
  TOKEN_RING: 48,
  FDDI: 49,
  /** IP over Fibre Channel. */
  IPFC: 50,
  /** IP over FireWire. */
  FIREWIRE: 51,
  SUNATM: 52,
  DOCSIS: 53,
  ERF: 54,
  IPNET: 55,
  /** Juniper's header, then a frame of one of four kinds. */
  JUNIPER_ETHERNET: 56,
  JUNIPER_PPP: 57,
  JUNIPER_FRAME_RELAY: 58,
  JUNIPER_CHDLC: 59,
  /** Ethernet behind a switch's tag of four bytes, behind Hilscher's headers, or with its preamble. */
  BRCM_PREPENDED: 60,
  NETANALYZER: 61,
  NETANALYZER_TRANSPARENT: 62,
  MPACKET: 63,
  /** Ethernet with a switch's tag of four or eight bytes behind its addresses. */
  DSA: 64,
  EDSA: 65,
  BATMAN: 66,
  /** IP on a serial line, with the header that BSD's captures have. */
  SLIP: 67,
  SYMANTEC: 68,
  /** What TZSP has in datagrams, as a link type. */
  TZSP: 69,
  AX25: 70,
  /** AX.25 behind a byte for the command to the radio. */
  AX25_KISS: 71,
  /** Only for `Packet.failedLayer`: these have no function. */
  LINK: 72,
  GTP: 73,
  SCTP: 74,
  IPCOMP: 75,
  ESP: 76,
  WIREGUARD: 77,
  OPENVPN: 78,
  L2TP: 79,
} as const;
export type Layer = typeof Layer[keyof typeof Layer];

/** `Packet.next` of a fragment in a tunnel: this, and the layer of what is joined. Else it is of IP. */
export const INNER_LAYER = 0x100;

/** The `layer` label of the metrics, indexed by Layer: "ip-payload" for IP_PAYLOAD. */
export const LAYER_NAMES: readonly string[] = Object.keys(Layer)
  .map((name) => name.toLowerCase().replaceAll("_", "-"));

/** Why a packet was not read. */
export const Failure = {
  /** The capture cut it off (snaplen). */
  TRUNCATED: 0,
  /** Its own lengths contradict each other. */
  MALFORMED: 1,
  /** Too many headers, or a protocol that webstat does not read. */
  UNSUPPORTED: 2,
  /** The EtherType is not known. */
  UNKNOWN_TYPE: 3,
  ENCRYPTED: 4,
  COMPRESSED: 5,
} as const;
export type Failure = typeof Failure[keyof typeof Failure];

/** The `reason` label, indexed by Failure: "unknown type" for UNKNOWN_TYPE. */
export const FAILURE_NAMES: readonly string[] = Object.keys(Failure)
  .map((name) => name.toLowerCase().replaceAll("_", " "));

/** TCP's flags (RFC 9293 section 3.1). */
export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;

/**
 * One decoded packet. Valid until the next is decoded; after a failure only `failedLayer` and
 * `failure` mean anything. Addresses are four int32 each, IPv4 as IPv4-mapped (::ffff:a.b.c.d).
 */
export class Packet {
  /** Microseconds since 1970. */
  time = 0;
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the packet begins in `bytes`. */
  begin = 0;
  /** `bytes[at..end)` is still to be decoded; at the end of decoding it is the payload of TCP or UDP. */
  at = 0;
  end = 0;
  /** Where it ended on the wire: behind `end` if the capture cut it off. */
  wireEnd = 0;
  /** How many bytes the whole packet had on the wire. */
  wireLength = 0;
  /** Whether fewer were captured. */
  isCut = false;

  /** How the last header named the next one: an EtherType or an IP protocol number. */
  next = 0;
  failedLayer: Layer = Layer.OTHER;
  failure: Failure = Failure.MALFORMED;

  src0 = 0;
  src1 = 0;
  src2 = 0;
  src3 = 0;
  dst0 = 0;
  dst1 = 0;
  dst2 = 0;
  dst3 = 0;
  srcPort = 0;
  dstPort = 0;

  /** Sequence and acknowledgement number, int32. */
  sequence = 0;
  acknowledgement = 0;
  flags = 0;

  /** IPv4's identification, which packets of one sender rarely share; 0 with IPv6. */
  identity = 0;
  /** Where the TCP header begins. */
  segmentAt = 0;

  /**
   * Of a fragment: the number of its packet or frame (int32), its place there in bytes (in 802.11: which
   * one it is), and whether more follow.
   */
  fragmentId = 0;
  fragmentOffset = 0;
  moreFragments = false;
  /** How long headers of Multilink PPP are. Stays as it is: only first fragments show it. */
  multilinkHeader = 4;
}

/** Ends decoding with a failure. */
export function fail(packet: Packet, layer: Layer, failure: Failure): Layer {
  packet.failedLayer = layer;
  packet.failure = failure;
  return Layer.FAILED;
}

/** Fails as `layer` needs more bytes than there are: they were cut off by the capture, or never sent. */
export function short(packet: Packet, layer: Layer): Layer {
  const wasSent = packet.isCut && packet.wireEnd > packet.end;
  return fail(packet, layer, wasSent ? Failure.TRUNCATED : Failure.MALFORMED);
}

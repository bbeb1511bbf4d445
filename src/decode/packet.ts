// What decoding makes of a packet: one record, filled anew for each, so that a packet costs no memory.

/** The headers that are known, each decoded by one function; see decode.ts. Numbered without gaps. */
export const Layer = {
  /** Not TCP and not UDP: nothing to follow. */
  OTHER: 0,
  TCP: 1,
  UDP: 2,
  /** A fragment of an IP packet, to be put together with the others first. */
  FRAGMENT: 3,
  /** A fragment of a frame of 802.11, likewise. */
  WLAN_FRAGMENT: 4,
  /** A fragment of a packet in Multilink PPP, likewise. */
  PPP_FRAGMENT: 5,
  /** Several frames in one of 802.11: each is a packet of its own. */
  AGGREGATE: 6,
  /** `Packet.failedLayer` and `failure` say what was wrong. */
  FAILED: 7,
  ETHERNET: 8,
  /** A payload by its EtherType in `Packet.next`. */
  ETHERTYPE: 9,
  VLAN: 10,
  /** A tag of those that tags.ts knows, by its EtherType in `Packet.next`. */
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
  /** A direction before the packet of PPP, Cisco HDLC and frame relay. */
  PPP_DIRECTION: 27,
  CHDLC_DIRECTION: 28,
  FRAME_RELAY_DIRECTION: 29,
  NFLOG: 30,
  PFLOG: 31,
  IP: 32,
  IPV4: 33,
  IPV6: 34,
  /** A payload by its IP protocol number in `Packet.next`. */
  IP_PAYLOAD: 35,
  GRE: 36,
  ERSPAN2: 37,
  ERSPAN3: 38,
  EOIP: 39,
  NSH: 40,
  WLAN: 41,
  /** What an 802.11 data frame carries. */
  WLAN_BODY: 42,
  RADIOTAP: 43,
  PRISM: 44,
  AVS: 45,
  PPI: 46,
  /** These are only named by what failed in them. */
  LINK: 47,
  GTP: 48,
  CAPWAP: 49,
  SCTP: 50,
  IPCOMP: 51,
  ESP: 52,
  WIREGUARD: 53,
  OPENVPN: 54,
} as const;
export type Layer = typeof Layer[keyof typeof Layer];

/** The `layer` label of what failed, indexed by Layer: "ip-payload" for IP_PAYLOAD. */
export const LAYER_NAMES: readonly string[] = Object.keys(Layer)
  .map((name) => name.toLowerCase().replaceAll("_", "-"));

/** Why a packet was not read. */
export const Failure = {
  /** The capture cut the packet off (snaplen). */
  TRUNCATED: 0,
  /** Its own lengths contradict each other. */
  MALFORMED: 1,
  /** Nested too deep, or nothing that is read here. */
  UNSUPPORTED: 2,
  /** An EtherType that is not known. */
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
  /** Where its outermost header begins. */
  begin = 0;
  /** What is left to decode, in the end the payload of TCP or UDP: `bytes[at..end)`. */
  at = 0;
  end = 0;
  /** Where the headers say that it ends: beyond `end` if the capture cut it off. */
  wireEnd = 0;
  /** Bytes of the whole packet on the wire. */
  wireLength = 0;
  /** Whether the capture holds fewer than that. */
  isCut = false;

  /** What the header before said of the next: an EtherType or an IP protocol. */
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

  /** IPv4's identification, which two packets of one sender rarely share; 0 if there is none. */
  identity = 0;
  /** Where TCP's header begins; `at` is where it ends. */
  segmentAt = 0;

  /**
   * Of a fragment: identification (int32), offset of its payload in bytes (in 802.11 its number),
   * whether more come.
   */
  fragmentId = 0;
  fragmentOffset = 0;
  moreFragments = false;
  /** How long Multilink PPP's header is; kept for fragments, of which only the first ones show it. */
  multilinkHeader = 4;
}

/** Notes why decoding ends here. */
export function fail(packet: Packet, layer: Layer, failure: Failure): Layer {
  packet.failedLayer = layer;
  packet.failure = failure;
  return Layer.FAILED;
}

/** Fails because `layer` needs more bytes than there are: cut off by the capture, or never sent. */
export function short(packet: Packet, layer: Layer): Layer {
  const wasSent = packet.isCut && packet.wireEnd > packet.end;
  return fail(packet, layer, wasSent ? Failure.TRUNCATED : Failure.MALFORMED);
}

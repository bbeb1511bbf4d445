// What decoding makes of a packet: one record, filled anew for each, so that a packet costs no memory.

/** The headers that are known, each decoded by one function; see decode.ts. */
export const Layer = {
  /** Not TCP and not UDP: nothing to follow. */
  OTHER: 0,
  TCP: 1,
  UDP: 2,
  /** A fragment of an IP packet, to be put together with the others first. */
  FRAGMENT: 3,
  /** `Packet.failedLayer` and `failure` say what was wrong. */
  FAILED: 4,
  ETHERNET: 5,
  /** A payload by its EtherType in `Packet.next`. */
  ETHERTYPE: 6,
  VLAN: 7,
  MPLS: 8,
  PPPOE: 9,
  PPP: 10,
  LLC: 11,
  LINUX_COOKED: 12,
  LINUX_COOKED_2: 13,
  BSD_LOOPBACK: 14,
  IP: 15,
  IPV4: 16,
  IPV6: 17,
  /** A payload by its IP protocol number in `Packet.next`. */
  IP_PAYLOAD: 18,
  GRE: 19,
  ERSPAN_2: 20,
  ERSPAN_3: 21,
  VXLAN: 22,
  GENEVE: 23,
  GTP: 24,
  TEREDO: 25,
  AYIYA: 26,
  L2TP: 27,
  TZSP: 28,
  WLAN: 29,
  RADIOTAP: 30,
  PRISM: 31,
  AVS: 32,
  PPI: 33,
  NFLOG: 34,
  PFLOG: 35,
  C_HDLC: 36,
  NSH: 37,
  CAPWAP: 38,
} as const;
export type Layer = typeof Layer[keyof typeof Layer];

/** The `layer` label of what failed, indexed by Layer. */
export const LAYER_NAMES: readonly string[] = [
  "other",
  "tcp",
  "udp",
  "fragment",
  "failed",
  "ethernet",
  "ethertype",
  "vlan",
  "mpls",
  "pppoe",
  "ppp",
  "llc",
  "sll",
  "sll2",
  "null",
  "ip",
  "ipv4",
  "ipv6",
  "ip-payload",
  "gre",
  "erspan2",
  "erspan3",
  "vxlan",
  "geneve",
  "gtp",
  "teredo",
  "ayiya",
  "l2tp",
  "tzsp",
  "wlan",
  "radiotap",
  "prism",
  "avs",
  "ppi",
  "nflog",
  "pflog",
  "chdlc",
  "nsh",
  "capwap",
];

/** Why a packet could not be decoded. */
export const Failure = {
  /** The capture cut the packet off (snaplen). */
  TRUNCATED: 0,
  /** Its own lengths contradict each other. */
  MALFORMED: 1,
  /** Nested too deep, or a link type that is not known. */
  UNSUPPORTED: 2,
} as const;
export type Failure = typeof Failure[keyof typeof Failure];
export const FAILURE_NAMES: readonly string[] = ["truncated", "malformed", "unsupported"];

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
  /** What is left to decode, in the end the payload of TCP or UDP: `bytes[at..end)`. */
  at = 0;
  end = 0;
  /** Where the headers say that it ends: beyond `end` where the capture cut it off. */
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

  /** IPv4's identification and the checksum of TCP or UDP: two packets rarely have the same. */
  identity = 0;

  /** Of a fragment: identification (int32), offset of its payload in bytes, whether more come. */
  fragmentId = 0;
  fragmentOffset = 0;
  moreFragments = false;
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

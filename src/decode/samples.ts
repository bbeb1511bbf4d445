// For tests: packets of every kind that is decoded, all with the same connection inside, and what
// decoding makes of them in a form that is easily compared.

import { addressText } from "../address.ts";
import {
  avs,
  ayiya,
  type Bytes,
  bytes,
  capwap,
  cHdlc,
  concat,
  erspan2,
  erspan3,
  ethernet,
  ETHERTYPE,
  geneve,
  gre,
  gtp,
  hex,
  ipv4,
  ipv6,
  l2tp,
  LINKTYPE,
  mpls,
  nflog,
  nsh,
  nullLink,
  pflog,
  ppi,
  ppp,
  pppoe,
  prism,
  PROTOCOL,
  radiotap,
  raw,
  sll,
  sll2,
  snap,
  tcp,
  teredo,
  text,
  TUNNEL_PORT,
  TUNNEL_PROTOCOL,
  TUNNEL_TYPE,
  tzsp,
  udp,
  vlan,
  vxlan,
  wlan,
} from "../../tests/packet_builder.ts";
import { decodePacket } from "./decode.ts";
import { FAILURE_NAMES, Layer, LAYER_NAMES, Packet } from "./packet.ts";

/** What a packet turned out to be: its endpoints and payload, or why it failed. */
export interface Decoded {
  /** "tcp", "udp", "fragment", "other", or as "ipv4 malformed". */
  readonly result: string;
  readonly src: string;
  readonly dst: string;
  readonly payload: string;
  /** Bytes of the payload that the capture does not hold. */
  readonly missing: number;
}

/** The two bytes of frame control, the other way round. */
const swapped = (frame: Uint8Array): Bytes => concat(bytes(frame[1]!, frame[0]!), frame.slice(2));

/** Bytes around each packet, so that looking outside it would show. */
const MARGIN = 64;

/** Decodes `frame`, which had `length` bytes on the wire; checks that all stays within it. */
export function decode(
  frame: Uint8Array,
  linkType: number = LINKTYPE.ETHERNET,
  length: number = frame.length,
): Decoded {
  const packet = new Packet();
  const slab = new Uint8Array(frame.length + 2 * MARGIN).fill(0x45);
  slab.set(frame, MARGIN);
  const layer = decodePacket(slab, MARGIN, frame.length, length, linkType, packet);
  return describe(layer, packet, MARGIN, MARGIN + frame.length);
}

/** `layer` and `packet` as a test compares them; the packet's bytes are `begin` to `end`. */
export function describe(layer: Layer, packet: Packet, begin: number, end: number): Decoded {
  if (layer === Layer.FAILED) {
    const reason = FAILURE_NAMES[packet.failure]!;
    return { ...NOTHING, result: `${LAYER_NAMES[packet.failedLayer]} ${reason}` };
  }
  const isDatagram = layer === Layer.TCP || layer === Layer.UDP;
  if (!isDatagram && layer !== Layer.FRAGMENT) return { ...NOTHING, result: LAYER_NAMES[layer]! };
  if (packet.at < begin || packet.at > packet.end || packet.end > end) {
    throw new Error(`payload ${packet.at}..${packet.end} is not within ${begin}..${end}`);
  }
  if (packet.wireEnd < packet.end) throw new Error("the payload ends behind its end on the wire");
  const port = (number: number) => isDatagram ? ` ${number}` : "";
  return {
    result: LAYER_NAMES[layer]!,
    src: addressText(Int32Array.of(packet.src0, packet.src1, packet.src2, packet.src3)) +
      port(packet.srcPort),
    dst: addressText(Int32Array.of(packet.dst0, packet.dst1, packet.dst2, packet.dst3)) +
      port(packet.dstPort),
    payload: String.fromCharCode(...packet.bytes.subarray(packet.at, packet.end)),
    missing: packet.wireEnd - packet.end,
  };
}

const NOTHING: Omit<Decoded, "result"> = { src: "", dst: "", payload: "", missing: 0 };

export const REQUEST = "GET / HTTP/1.1\r\n\r\n";

/** The connection that every sample carries, over IPv4 and over IPv6. */
export const INNER_4 = ipv4({ src: "192.0.2.1", dst: "198.51.100.200" }, tcp({}, text(REQUEST)));
export const INNER_6 = ipv6(
  { src: "2001:db8::a", dst: "2001:db8:ffff::b" },
  tcp({}, text(REQUEST)),
);

const FOUND = { result: "tcp", payload: REQUEST, missing: 0 };
export const FOUND_4: Decoded = { ...FOUND, src: "192.0.2.1 51000", dst: "198.51.100.200 80" };
export const FOUND_6: Decoded = { ...FOUND, src: "2001:db8::a 51000", dst: "2001:db8:ffff::b 80" };

const frame4 = ethernet(INNER_4);
const wlan4 = wlan(snap(INNER_4));
const teredo6 = ipv6({ src: "2001:0:1::2", dst: "2001:db8::2" }, tcp({}, text(REQUEST)));
export const FOUND_TEREDO: Decoded = {
  ...FOUND_6,
  src: "2001:0:1::2 51000",
  dst: "2001:db8::2 80",
};

/** `payload` in a datagram to `dport`, in a frame. */
export const overUdp = (dport: number, payload: Uint8Array, sport = 40000): Bytes =>
  ethernet(ipv4({ protocol: PROTOCOL.UDP }, udp({ sport, dport }, payload)));

/** `payload` as what IP protocol `protocol` carries, in a frame. */
export const overIp = (protocol: number, payload: Uint8Array): Bytes =>
  ethernet(ipv4({ protocol }, payload));

const overGre = (payload: Uint8Array): Bytes => overIp(TUNNEL_PROTOCOL.GRE, payload);

export interface Sample {
  readonly name: string;
  readonly frame: Bytes;
  readonly linkType: number;
  readonly found: Decoded;
}

const sample = (
  name: string,
  frame: Bytes,
  linkType: number = LINKTYPE.ETHERNET,
  found: Decoded = FOUND_4,
): Sample => ({ name, frame, linkType, found });

const hopByHop = { type: PROTOCOL.HOP_BY_HOP, body: hex("010400000000") };
const routing = { type: 43, body: new Uint8Array(22) };
const destination = { type: 60, body: hex("010400000000") };
/** Its length counts in units of four bytes (RFC 4302): two units more than the first eight bytes. */
const authentication = { type: 51, body: concat(hex("0000 0000000100000000"), new Uint8Array(4)) };

function ipv6With(...extensions: { type: number; body: Uint8Array }[]): Bytes {
  const packet = ipv6(
    { src: "2001:db8::a", dst: "2001:db8:ffff::b", extensions },
    tcp({}, text(REQUEST)),
  );
  return ethernet(packet);
}

function ipv6WithAuthentication(): Bytes {
  const frame = ipv6With(authentication);
  frame[14 + 40 + 1] = 2;
  return frame;
}

export const SAMPLES: readonly Sample[] = [
  sample("Ethernet, IPv4", frame4),
  sample("Ethernet, IPv6", ethernet(INNER_6), LINKTYPE.ETHERNET, FOUND_6),
  sample("802.1Q", ethernet(vlan(INNER_4), { type: ETHERTYPE.VLAN })),
  sample(
    "QinQ",
    ethernet(vlan(vlan(INNER_4), { type: ETHERTYPE.VLAN }), { type: ETHERTYPE.QINQ }),
  ),
  sample("VN-Tag", ethernet(concat(hex("80010002 0800"), INNER_4), { type: 0x8926 })),
  sample("802.1BR", ethernet(concat(hex("e0010002 0000 0800"), INNER_4), { type: 0x893f })),
  sample("802.1ah", ethernet(concat(hex("00000001"), frame4), { type: 0x88e7 })),
  sample("802.3 with SNAP", ethernet(snap(INNER_4), { type: snap(INNER_4).length })),
  sample("802.2 of IP", ethernet(concat(hex("060603"), INNER_4), { type: INNER_4.length + 3 })),
  sample("PPPoE", ethernet(pppoe(ppp(INNER_4)), { type: ETHERTYPE.PPPOE_SESSION })),
  sample("PPPoE link", pppoe(ppp(INNER_6)), LINKTYPE.PPPOE, FOUND_6),
  sample("MPLS", ethernet(mpls(INNER_4, { labels: [1, 2, 3] }), { type: ETHERTYPE.MPLS })),
  sample("MPLS of IPv6", ethernet(mpls(INNER_6), { type: 0x8848 }), LINKTYPE.ETHERNET, FOUND_6),
  sample(
    "MPLS pseudowire with control word",
    ethernet(mpls(concat(bytes(0, 0, 0, 0), frame4)), { type: ETHERTYPE.MPLS }),
  ),
  sample("MPLS pseudowire", ethernet(mpls(frame4), { type: ETHERTYPE.MPLS })),
  sample("NSH", ethernet(nsh(INNER_4), { type: TUNNEL_TYPE.NSH })),
  sample("NSH of Ethernet", ethernet(nsh(frame4, { next: 3 }), { type: TUNNEL_TYPE.NSH })),
  sample("NSH of MPLS", ethernet(nsh(mpls(INNER_4), { next: 5 }), { type: TUNNEL_TYPE.NSH })),

  sample("cooked", sll(INNER_4), LINKTYPE.SLL),
  sample("cooked, 802.2", sll(snap(INNER_4), { type: 4 }), LINKTYPE.SLL),
  sample("cooked, 802.1Q", sll(vlan(INNER_6), { type: ETHERTYPE.VLAN }), LINKTYPE.SLL, FOUND_6),
  sample("cooked 2", sll2(INNER_6), LINKTYPE.SLL2, FOUND_6),
  sample("loopback, IPv4", nullLink(INNER_4), LINKTYPE.NULL),
  sample("loopback, IPv6 of macOS", nullLink(INNER_6), LINKTYPE.NULL, FOUND_6),
  sample("loopback, IPv6 of FreeBSD", nullLink(INNER_6, { family: 28 }), LINKTYPE.NULL, FOUND_6),
  sample("loopback, big-endian", nullLink(INNER_4, { bigEndian: true }), LINKTYPE.NULL),
  sample("loopback of OpenBSD", nullLink(INNER_4, { bigEndian: true }), LINKTYPE.LOOP),
  sample("raw", raw(INNER_4), LINKTYPE.RAW),
  sample("raw IPv6", raw(INNER_6), LINKTYPE.RAW, FOUND_6),
  sample("IPv4 link", raw(INNER_4), LINKTYPE.IPV4),
  sample("IPv6 link", raw(INNER_6), LINKTYPE.IPV6, FOUND_6),
  sample("PPP", ppp(INNER_4), LINKTYPE.PPP),
  sample("PPP, framed", ppp(INNER_6, { framed: true }), LINKTYPE.PPP_HDLC, FOUND_6),
  sample("PPP, compressed", ppp(INNER_4, { compressed: true }), LINKTYPE.PPP),
  sample("PPP of MPLS", ppp(mpls(INNER_4), { protocol: 0x281, framed: true }), LINKTYPE.PPP),
  sample("PPPoE of MPLS", pppoe(ppp(mpls(INNER_4), { protocol: 0x283 })), LINKTYPE.PPPOE),
  sample("Cisco HDLC", cHdlc(INNER_4), LINKTYPE.C_HDLC),
  sample("packet filter log", pflog(INNER_4), LINKTYPE.PFLOG),
  sample("packet filter log of IPv6", pflog(INNER_6), LINKTYPE.PFLOG, FOUND_6),
  sample("netfilter log", nflog(INNER_4), LINKTYPE.NFLOG),
  sample("netfilter log, big-endian", nflog(INNER_6, { bigEndian: true }), LINKTYPE.NFLOG, FOUND_6),

  sample("802.11", wlan(snap(INNER_4)), LINKTYPE.WLAN),
  sample("802.11 with QoS", wlan(snap(INNER_4), { qos: true }), LINKTYPE.WLAN),
  sample("802.11 over a bridge", wlan(snap(INNER_4), { qos: true, wds: true }), LINKTYPE.WLAN),
  sample("802.11n", wlan(snap(INNER_6), { qos: true, htControl: true }), LINKTYPE.WLAN, FOUND_6),
  sample("802.11 aggregate", wlan(snap(INNER_4), { qos: true, aggregate: true }), LINKTYPE.WLAN),
  sample("radiotap", radiotap(wlan(snap(INNER_4), { qos: true })), LINKTYPE.RADIOTAP),
  sample(
    "radiotap, padded",
    radiotap(wlan(snap(INNER_4), { qos: true, padded: true }), { flags: 0x20 }),
    LINKTYPE.RADIOTAP,
  ),
  sample(
    "radiotap, padded, with more fields",
    radiotap(wlan(snap(INNER_4), { qos: true, padded: true }), { flags: 0x20, extended: true }),
    LINKTYPE.RADIOTAP,
  ),
  sample(
    "radiotap, padded, behind a time stamp",
    radiotap(wlan(snap(INNER_4), { qos: true, padded: true }), {
      flags: 0x20,
      time: true,
      extended: true,
    }),
    LINKTYPE.RADIOTAP,
  ),
  sample("Prism", prism(wlan(snap(INNER_4))), LINKTYPE.PRISM),
  sample("AVS", avs(wlan(snap(INNER_4))), LINKTYPE.AVS),
  sample("AVS for Prism", avs(wlan(snap(INNER_4))), LINKTYPE.PRISM),
  sample("PPI", ppi(wlan(snap(INNER_4))), LINKTYPE.PPI),
  sample("PPI of Ethernet", ppi(frame4, { linkType: 1 }), LINKTYPE.PPI),

  sample("IPv6 extension headers", ipv6With(hopByHop, routing, destination), 1, FOUND_6),
  sample("IPv6 authentication header", ipv6WithAuthentication(), 1, FOUND_6),
  sample(
    "IPv6 atomic fragment",
    ethernet(
      ipv6({
        src: "2001:db8::a",
        dst: "2001:db8:ffff::b",
        fragment: { id: 1, offset: 0, more: false },
      }, tcp({}, text(REQUEST))),
    ),
    LINKTYPE.ETHERNET,
    FOUND_6,
  ),

  sample("IP in IP", overIp(PROTOCOL.IPIP, INNER_4)),
  sample("6in4", overIp(PROTOCOL.IPV6, INNER_6), LINKTYPE.ETHERNET, FOUND_6),
  sample("4in6", ethernet(ipv6({ protocol: PROTOCOL.IPIP }, INNER_4))),
  sample("EtherIP", overIp(TUNNEL_PROTOCOL.ETHER_IP, concat(hex("3000"), frame4))),
  sample("MPLS in IP", overIp(TUNNEL_PROTOCOL.MPLS, mpls(INNER_4))),
  sample("GRE", overGre(gre(INNER_4))),
  sample("GRE with all fields", overGre(gre(INNER_4, { checksum: true, key: 1, sequence: 2 }))),
  sample("GRE of IPv6", overGre(gre(INNER_6, { type: ETHERTYPE.IPV6 })), 1, FOUND_6),
  sample("NVGRE", overGre(gre(frame4, { type: TUNNEL_TYPE.ETHERNET, key: 0x1234 }))),
  sample(
    "PPTP",
    overGre(
      gre(ppp(INNER_4, { framed: true }), {
        type: TUNNEL_TYPE.PPP,
        version: 1,
        key: 1,
        sequence: 2,
        acknowledgement: 3,
      }),
    ),
  ),
  sample("ERSPAN I", overGre(gre(frame4, { type: TUNNEL_TYPE.ERSPAN_2 }))),
  sample(
    "ERSPAN II",
    overGre(gre(erspan2(frame4), { type: TUNNEL_TYPE.ERSPAN_2, sequence: 1 })),
  ),
  sample(
    "ERSPAN III",
    overGre(gre(erspan3(frame4), { type: TUNNEL_TYPE.ERSPAN_3, sequence: 1 })),
  ),
  sample(
    "ERSPAN III with a subheader",
    overGre(
      gre(erspan3(frame4, { platform: true }), { type: TUNNEL_TYPE.ERSPAN_3, sequence: 1 }),
    ),
  ),
  sample("802.11 in GRE", overGre(gre(wlan4, { type: 0x8200 }))),
  sample("802.11 in GRE, another type", overGre(gre(wlan4, { type: 0x8370 }))),
  sample("WCCP", overGre(gre(INNER_4, { type: 0x883e }))),
  sample("WCCP 2", overGre(gre(concat(hex("01020304"), INNER_4), { type: 0x883e }))),
  sample("VXLAN", overUdp(TUNNEL_PORT.VXLAN, vxlan(frame4))),
  sample("VXLAN of old Linux", overUdp(TUNNEL_PORT.VXLAN_LINUX, vxlan(frame4))),
  sample("VXLAN with a group", overUdp(TUNNEL_PORT.VXLAN, vxlan(frame4, { group: 0xffff }))),
  sample("VXLAN-GPE", overUdp(TUNNEL_PORT.VXLAN_GPE, vxlan(INNER_4, { next: 1 }))),
  sample("VXLAN-GPE of Ethernet", overUdp(TUNNEL_PORT.VXLAN_GPE, vxlan(frame4, { next: 3 }))),
  sample("VXLAN-GPE of NSH", overUdp(TUNNEL_PORT.VXLAN_GPE, vxlan(nsh(INNER_4), { next: 4 }))),
  sample("VXLAN-GPE of MPLS", overUdp(TUNNEL_PORT.VXLAN_GPE, vxlan(mpls(INNER_4), { next: 5 }))),
  sample("GENEVE", overUdp(TUNNEL_PORT.GENEVE, geneve(frame4))),
  sample(
    "GENEVE with options, of IP",
    overUdp(
      TUNNEL_PORT.GENEVE,
      geneve(INNER_4, { type: ETHERTYPE.IPV4, options: hex("0102 80 01 00000000") }),
    ),
  ),
  sample("GTP", overUdp(TUNNEL_PORT.GTP, gtp(INNER_4))),
  sample("GTP with a sequence number", overUdp(TUNNEL_PORT.GTP, gtp(INNER_4, { sequence: 9 }))),
  sample(
    "GTP with extensions",
    overUdp(
      TUNNEL_PORT.GTP,
      gtp(INNER_6, { extensions: [hex("011001"), hex("02000000000000")] }),
    ),
    LINKTYPE.ETHERNET,
    FOUND_6,
  ),
  sample("GTP of PPP", overUdp(TUNNEL_PORT.GTP, gtp(ppp(INNER_4, { framed: true })))),
  sample("Teredo", overUdp(TUNNEL_PORT.TEREDO, teredo(teredo6)), 1, FOUND_TEREDO),
  sample(
    "Teredo between hosts, with indications",
    overUdp(50001, teredo(teredo6, { authentication: true, origin: true })),
    LINKTYPE.ETHERNET,
    FOUND_TEREDO,
  ),
  sample("AYIYA", overUdp(TUNNEL_PORT.AYIYA, ayiya(INNER_6)), LINKTYPE.ETHERNET, FOUND_6),
  sample("AYIYA, answer", overUdp(3000, ayiya(INNER_6), TUNNEL_PORT.AYIYA), 1, FOUND_6),
  sample("CAPWAP", overUdp(TUNNEL_PORT.CAPWAP, capwap(frame4))),
  sample("CAPWAP of 802.11", overUdp(50000, capwap(wlan4, { wlan: true }), TUNNEL_PORT.CAPWAP)),
  sample(
    "CAPWAP of 802.11, swapped",
    overUdp(TUNNEL_PORT.CAPWAP, capwap(swapped(wlan4), { wlan: true })),
  ),
  sample("L2TP", overUdp(TUNNEL_PORT.L2TP, l2tp(ppp(INNER_4, { framed: true })))),
  sample(
    "L2TP with all fields",
    overUdp(TUNNEL_PORT.L2TP, l2tp(ppp(INNER_4), { length: true, sequence: true, offset: 3 })),
  ),
  sample("L2TP of IPv6", overUdp(40000, l2tp(ppp(INNER_6)), TUNNEL_PORT.L2TP), 1, FOUND_6),
  sample("TZSP", overUdp(TUNNEL_PORT.TZSP, tzsp(frame4))),
  sample("TZSP of 802.11", overUdp(TUNNEL_PORT.TZSP, tzsp(wlan(snap(INNER_4)), { protocol: 18 }))),
];

/** The sample of that name. */
export function sampleOf(name: string): Sample {
  const found = SAMPLES.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no sample "${name}"`);
  return found;
}

// Samples of link layers and tags, and of IP itself.

import {
  backbone,
  type Bytes,
  bytes,
  cHdlc,
  concat,
  enc,
  ethernet,
  ETHERTYPE,
  fabricPath,
  filler,
  frameRelay,
  hex,
  ipoib,
  ipv6,
  LINKTYPE,
  macsec,
  mpls,
  multilink,
  nflog,
  nsh,
  nullLink,
  pflog,
  pktap,
  ppp,
  pppoe,
  PROTOCOL,
  raw,
  SIMPLE_TAGS,
  sll,
  sll2,
  snap,
  TAG_TYPE,
  tagged,
  tcp,
  text,
  trill,
  TUNNEL_TYPE,
  vlan,
  withDirection,
} from "../../tests/packet_builder.ts";
import {
  FOUND_6,
  frame4,
  INNER_4,
  INNER_6,
  REQUEST,
  type Sample,
  sample,
} from "./inner_samples.ts";

const hopByHop = { type: PROTOCOL.HOP_BY_HOP, body: hex("010400000000") };
const routing = { type: 43, body: new Uint8Array(22) };
const destination = { type: 60, body: hex("010400000000") };
/** Its length field counts units of four bytes behind the first eight (RFC 4302): there are two. */
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

export const LINK_SAMPLES: readonly Sample[] = [
  sample("Ethernet, IPv4", frame4),
  sample("Ethernet, IPv6", ethernet(INNER_6), LINKTYPE.ETHERNET, FOUND_6),
  sample("802.1Q", ethernet(vlan(INNER_4), { type: ETHERTYPE.VLAN })),
  sample(
    "QinQ",
    ethernet(vlan(vlan(INNER_4), { type: ETHERTYPE.VLAN }), { type: ETHERTYPE.QINQ }),
  ),
  ...[0x8200, 0x9100, 0x9200, 0x9300, 0x9500]
    .map((type) => sample(`QinQ of old, ${type.toString(16)}`, ethernet(vlan(INNER_4), { type }))),
  ...SIMPLE_TAGS.map((type) =>
    sample(
      `tag ${type.toString(16)}`,
      ethernet(tagged(type, ETHERTYPE.IPV4, INNER_4), { type }),
    )
  ),
  sample("802.1ah", ethernet(backbone(frame4), { type: TAG_TYPE.BACKBONE })),
  sample("FabricPath", ethernet(fabricPath(frame4), { type: TAG_TYPE.FABRIC_PATH })),
  sample("TRILL", ethernet(trill(frame4), { type: TAG_TYPE.TRILL })),
  sample("TRILL with options", ethernet(trill(frame4, 31), { type: TAG_TYPE.TRILL })),
  sample("MACsec", ethernet(macsec(ETHERTYPE.IPV4, INNER_4), { type: TAG_TYPE.MACSEC })),
  sample(
    "MACsec with a channel",
    ethernet(macsec(ETHERTYPE.IPV6, INNER_6, { channel: true }), { type: TAG_TYPE.MACSEC }),
    LINKTYPE.ETHERNET,
    FOUND_6,
  ),
  sample("802.3 of any length", ethernet(snap(INNER_4), { type: 0x8870 })),
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

  sample("PKTAP", pktap(frame4), LINKTYPE.PKTAP),
  sample("PKTAP under macOS's number", pktap(frame4, { bigEndian: true }), LINKTYPE.USER2),
  sample("PKTAP of a tunnel", pktap(INNER_6, { linkType: 12 }), LINKTYPE.PKTAP, FOUND_6),
  sample("PKTAP of loopback", pktap(nullLink(INNER_4), { linkType: 0 }), LINKTYPE.PKTAP),
  sample("IPsec's interface", enc(INNER_4), LINKTYPE.ENC),
  sample("IPsec's interface, big-endian", enc(INNER_6, { bigEndian: true }), LINKTYPE.ENC, FOUND_6),
  sample("Token Ring", concat(hex("1040"), filler(12).fill(2), snap(INNER_4)), LINKTYPE.TOKEN_RING),
  sample(
    "Token Ring with a route",
    concat(hex("1040 020202020202 820202020202 0630 0011 0020"), snap(INNER_6)),
    LINKTYPE.TOKEN_RING,
    FOUND_6,
  ),
  sample("FDDI", concat(hex("50"), filler(12), snap(INNER_4)), LINKTYPE.FDDI),
  sample("ATM", snap(INNER_4), LINKTYPE.ATM),
  sample("IP over Fibre Channel", concat(filler(16), snap(INNER_4)), LINKTYPE.IPFC),
  sample("IP over InfiniBand", ipoib(INNER_4), LINKTYPE.IPOIB),
  sample("IPv6 over InfiniBand", ipoib(INNER_6), LINKTYPE.IPOIB, FOUND_6),
  sample(
    "PPP with direction",
    withDirection(ppp(INNER_4, { framed: true }), true),
    LINKTYPE.PPP_WITH_DIR,
  ),
  sample(
    "PPP with direction for address",
    withDirection(ppp(INNER_4, { framed: true }).slice(1)),
    LINKTYPE.PPP_PPPD,
  ),
  sample("Cisco HDLC among PPP", cHdlc(INNER_4), LINKTYPE.PPP_HDLC),
  sample("Cisco HDLC with direction", withDirection(cHdlc(INNER_4)), LINKTYPE.C_HDLC_WITH_DIR),
  sample(
    "frame relay with direction",
    withDirection(frameRelay(INNER_4)),
    LINKTYPE.FRELAY_WITH_DIR,
  ),
  ...([2, 3, 4] as const).flatMap((address) => [
    sample(`frame relay, ${address}`, frameRelay(INNER_4, { address }), LINKTYPE.FRAME_RELAY),
    sample(
      `frame relay of Cisco, ${address}`,
      frameRelay(INNER_6, { address, form: "cisco" }),
      LINKTYPE.FRAME_RELAY,
      FOUND_6,
    ),
  ]),
  sample("frame relay of IPv6", frameRelay(INNER_6), LINKTYPE.FRAME_RELAY, FOUND_6),
  sample("frame relay with SNAP", frameRelay(INNER_4, { form: "snap" }), LINKTYPE.FRAME_RELAY),
  sample("frame relay, bridged", frameRelay(frame4, { form: "bridged" }), LINKTYPE.FRAME_RELAY),
  sample(
    "frame relay of PPP",
    frameRelay(ppp(INNER_4), { form: "ppp" }),
    LINKTYPE.FRAME_RELAY,
  ),
  sample("Multilink PPP", multilink(ppp(INNER_4)), LINKTYPE.PPP),
  sample(
    "Multilink PPP, compressed",
    multilink(ppp(INNER_4, { compressed: true })),
    LINKTYPE.PPP_HDLC,
  ),
  sample(
    "Multilink PPP, short, with address",
    multilink(ppp(INNER_4, { framed: true }), { short: true }),
    LINKTYPE.PPP,
  ),
  sample("Multilink PPP, short", multilink(ppp(INNER_6), { short: true }), LINKTYPE.PPP, FOUND_6),

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
];

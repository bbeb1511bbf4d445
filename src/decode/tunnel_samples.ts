// Samples of tunnels.

import {
  ayiya,
  type Bytes,
  bytes,
  capwap,
  concat,
  eoip,
  erspan2,
  erspan3,
  ethernet,
  ETHERTYPE,
  geneve,
  gre,
  gtp,
  hex,
  hpErm,
  ipv6,
  l2tp,
  l2tp3,
  LINKTYPE,
  lisp,
  mpls,
  multilink,
  nsh,
  ppp,
  PROTOCOL,
  snap,
  TAG_TYPE,
  teredo,
  TUNNEL_PORT,
  TUNNEL_PROTOCOL,
  TUNNEL_TYPE,
  tzsp,
  vxlan,
  wlan,
} from "../../tests/packet_builder.ts";
import {
  FOUND_6,
  FOUND_TEREDO,
  frame4,
  INNER_4,
  INNER_6,
  overGre,
  overIp,
  overUdp,
  type Sample,
  sample,
  teredo6,
  wlan4,
} from "./inner_samples.ts";

/** An 802.11 frame whose two bytes of frame control are swapped. */
const swapped = (frame: Uint8Array): Bytes => concat(bytes(frame[1]!, frame[0]!), frame.slice(2));

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const metadata = concat(hex("0800 0101 0001 004d"), INNER_4);
/** Two source routes, with one address and with two, then the end of the list. */
const routes = hex("0800 00 04 0a000001  0800 00 08 0a000001 0a000002  0000 00 00");

/** `header` with bits set in its first bytes. */
function withBits(header: Bytes, ...bits: number[]): Bytes {
  bits.forEach((value, i) => header[i]! |= value);
  return header;
}

const l2tpReserved = withBits(l2tp(ppp(INNER_4)), 0x34, 0xf0);
const gtpSpare = withBits(gtp(INNER_4), 0x08);
const greReserved = withBits(gre(INNER_4), 0x0f, 0xf8);

export const TUNNEL_SAMPLES: readonly Sample[] = [
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
  sample("VXLAN of Cisco's fabrics", overUdp(TUNNEL_PORT.VXLAN_ACI, vxlan(frame4, { group: 9 }))),
  sample("VXLAN of old Linux", overUdp(TUNNEL_PORT.VXLAN_LINUX, vxlan(frame4))),
  sample("VXLAN with a group", overUdp(TUNNEL_PORT.VXLAN, vxlan(frame4, { group: 0xffff }))),
  sample(
    "VXLAN of 802.3",
    overUdp(TUNNEL_PORT.VXLAN, vxlan(ethernet(snap(INNER_4), { type: snap(INNER_4).length }))),
  ),
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
  ...[0, 4, 8, 12].flatMap((agreed) => [
    sample(
      `L2TPv3 in UDP, ${agreed}`,
      overUdp(TUNNEL_PORT.L2TP, l2tp3(frame4, { agreed, udp: true })),
    ),
    sample(`L2TPv3, ${agreed}`, overIp(TUNNEL_PROTOCOL.L2TP, l2tp3(frame4, { agreed }))),
  ]),
  sample("L2TPv3 of PPP", overIp(TUNNEL_PROTOCOL.L2TP, l2tp3(ppp(INNER_4, { framed: true })))),
  sample("TZSP", overUdp(TUNNEL_PORT.TZSP, tzsp(frame4))),
  sample("TZSP of 802.11", overUdp(TUNNEL_PORT.TZSP, tzsp(wlan(snap(INNER_4)), { protocol: 18 }))),
  sample("EoIP", overIp(TUNNEL_PROTOCOL.GRE, eoip(frame4))),
  sample("GRE with Cisco MetaData", overGre(gre(metadata, { type: TAG_TYPE.METADATA }))),
  sample("GRE with routes", overGre(concat(hex("4000 0800 00000000"), routes, INNER_4))),
  sample("GRE in UDP", overUdp(TUNNEL_PORT.GRE, gre(INNER_4))),
  sample(
    "GRE in UDP with all fields",
    overUdp(
      TUNNEL_PORT.GRE,
      gre(INNER_6, { type: ETHERTYPE.IPV6, checksum: true, key: 1, sequence: 2 }),
    ),
    LINKTYPE.ETHERNET,
    FOUND_6,
  ),
  sample(
    "GRE in UDP of Ethernet",
    overUdp(TUNNEL_PORT.GRE, gre(frame4, { type: TUNNEL_TYPE.ETHERNET })),
  ),
  sample("MPLS in UDP", overUdp(TUNNEL_PORT.MPLS, mpls(INNER_4, { labels: [1, 2, 3] }))),
  sample("MPLS in UDP of Ethernet", overUdp(TUNNEL_PORT.MPLS, mpls(frame4))),
  sample(
    "MPLS in UDP with a control word",
    overUdp(TUNNEL_PORT.MPLS, mpls(concat(bytes(0, 0, 0, 7), frame4))),
  ),
  sample("LISP", overUdp(TUNNEL_PORT.LISP, lisp(INNER_4))),
  sample("LISP of IPv6", overUdp(TUNNEL_PORT.LISP, lisp(INNER_6)), LINKTYPE.ETHERNET, FOUND_6),
  sample("mirrored by HP's switches", overUdp(TUNNEL_PORT.HP_ERM, hpErm(frame4))),
  sample("GTP of Ethernet", overUdp(TUNNEL_PORT.GTP, gtp(frame4))),
  sample(
    "GTP of Ethernet whose address looks like IP",
    overUdp(TUNNEL_PORT.GTP, gtp(ethernet(INNER_4, { dst: "450000000000" }))),
  ),
  sample("L2TP of Multilink PPP", overUdp(TUNNEL_PORT.L2TP, l2tp(multilink(ppp(INNER_4))))),
  ...range(256).filter((flags) => (flags & 0x08) !== 0).map((flags) => {
    const header = vxlan(frame4);
    header[0] = flags;
    return sample(`VXLAN with flags ${flags}`, overUdp(TUNNEL_PORT.VXLAN, header));
  }),
  ...[1, 2, 3, 7].flatMap((at) =>
    range(8).map((bit) => {
      const header = vxlan(frame4);
      header[at] = 1 << bit;
      return sample(
        `VXLAN with reserved bit ${bit} of byte ${at}`,
        overUdp(TUNNEL_PORT.VXLAN, header),
      );
    })
  ),
  ...range(64).map((reserved) => {
    const header = geneve(frame4);
    header[1] = reserved | 0xc0;
    header[7] = reserved << 2;
    return sample(`GENEVE with reserved bits ${reserved}`, overUdp(TUNNEL_PORT.GENEVE, header));
  }),
  sample("L2TP with reserved bits", overUdp(TUNNEL_PORT.L2TP, l2tpReserved)),
  sample("GTP with its spare bit", overUdp(TUNNEL_PORT.GTP, gtpSpare)),
  sample("GRE with reserved bits", overGre(greReserved)),
];

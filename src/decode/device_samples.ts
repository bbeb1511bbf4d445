// Samples of headers that devices add, and of tunnels of routers and servers.

import {
  batman,
  type Bytes,
  bytes,
  cHdlc,
  concat,
  docsis,
  erf,
  ethernet,
  filler,
  frameRelay,
  gre,
  gtp,
  hex,
  ipv4,
  ipv6,
  juniper,
  LINKTYPE,
  nullLink,
  ppp,
  pppoe,
  prism,
  radiotap,
  sll,
  sll2,
  snap,
  switchTagged,
  TUNNEL_PORT,
  TUNNEL_PROTOCOL,
  tzsp,
  vxlan,
  wlan,
} from "../../tests/packet_builder.ts";
import {
  FOUND_6,
  frame4,
  INNER_4,
  INNER_6,
  overUdp,
  type Sample,
  sample,
} from "./inner_samples.ts";

const inBatman = (type: number, length: number): Bytes =>
  ethernet(batman(frame4, type, length), { type: 0x4305 });

const wlan4 = wlan(snap(INNER_4));

/** A frame behind the header of ISL, which begins like one of 802.3 with SNAP. */
const trunk = (frame: Bytes, dst = "01000c000000"): Bytes =>
  ethernet(concat(hex("aaaa03 00000c 0014 0000 0000"), frame), { type: frame.length + 12, dst });

const overGre = (payload: Bytes, type: number): Bytes =>
  ethernet(ipv4({ protocol: TUNNEL_PROTOCOL.GRE }, gre(payload, { type })));

/** AX.25 with so many radios between sender and receiver. */
const packetRadio = (packet: Bytes, between = 0): Bytes => {
  const radio = hex("aaaaaaaaaaaa60");
  const others = Array.from({ length: between + 1 }, () => radio);
  return concat(...others, hex("aeaeaeaeaeae61 03 cc"), packet);
};

const peek = concat(hex("00ffabcd 02 00000037"), filler(46));

export const DEVICE_SAMPLES: readonly Sample[] = [
  sample("Endace, Ethernet", erf(2, concat(hex("0000"), frame4)), LINKTYPE.ERF),
  sample("Endace, extended", erf(11, concat(hex("0000"), frame4), 3), LINKTYPE.ERF),
  sample("Endace, HDLC", erf(1, cHdlc(INNER_4)), LINKTYPE.ERF),
  sample("Endace, IP", erf(23, INNER_6), LINKTYPE.ERF, FOUND_6),
  sample("Juniper", juniper(frame4), LINKTYPE.JUNIPER_ETHER),
  sample(
    "Juniper, extended",
    juniper(frame4, { extensions: hex("010204 04020001") }),
    LINKTYPE.JUNIPER_ETHER,
  ),
  sample("Juniper, no link layer", juniper(INNER_6, { noLinkLayer: true }), 178, FOUND_6),
  sample("Juniper, PPP", juniper(ppp(INNER_4)), LINKTYPE.JUNIPER_PPP),
  sample("Juniper, frame relay", juniper(frameRelay(INNER_4)), LINKTYPE.JUNIPER_FRELAY),
  sample("Juniper, HDLC", juniper(cHdlc(INNER_4)), LINKTYPE.JUNIPER_CHDLC),
  sample("DOCSIS", docsis(frame4), LINKTYPE.DOCSIS),
  sample("DOCSIS, extended", docsis(frame4, hex("10 3400014000")), LINKTYPE.DOCSIS),
  sample("IP over FireWire", concat(filler(16), hex("0800"), INNER_4), LINKTYPE.FIREWIRE),
  sample("ATM of Solaris", concat(hex("02000064"), snap(INNER_4)), LINKTYPE.SUNATM),
  sample("emulated LAN", concat(hex("01000064 0003"), frame4), LINKTYPE.SUNATM),
  sample("classical IP over ATM", INNER_4, LINKTYPE.ATM_CLIP),
  sample("ATM, bridged", concat(hex("aaaa03 0080c2 0007 0000"), frame4), LINKTYPE.ATM),
  sample("ATM, PPP", concat(hex("fefe03 cf"), ppp(INNER_6)), LINKTYPE.ATM, FOUND_6),
  sample("ATM, by NLPID", concat(hex("fefe03 8e"), INNER_6), LINKTYPE.ATM, FOUND_6),
  sample("IP of Solaris", concat(bytes(1, 26), filler(22), INNER_6), LINKTYPE.IPNET, FOUND_6),
  sample("SLIP", concat(bytes(1, 0x40), filler(14), INNER_4), LINKTYPE.SLIP),
  sample(
    "firewall of Symantec",
    concat(new Uint8Array(6), hex("0800"), new Uint8Array(36), INNER_4),
    LINKTYPE.SYMANTEC,
  ),
  sample(
    "firewall of Symantec, version 3",
    concat(new Uint8Array(20), hex("86dd"), new Uint8Array(34), INNER_6),
    LINKTYPE.SYMANTEC,
    FOUND_6,
  ),
  sample("switch tag of Realtek", ethernet(concat(hex("a001 0800"), INNER_4), { type: 0x8899 })),
  sample(
    "switch tag of Realtek, long",
    ethernet(concat(hex("04000000 0001 8100 0005 0800"), INNER_4), { type: 0x8899 }),
  ),
  sample("netANALYZER", concat(filler(4), frame4), LINKTYPE.NETANALYZER),
  sample("netANALYZER, transparent", concat(filler(12), frame4), LINKTYPE.NETANALYZER_TRANSPARENT),
  sample("Ethernet with its preamble", concat(hex("55555555555555 d5"), frame4), LINKTYPE.MPACKET),
  sample("switch tag before a frame", concat(hex("20000003"), frame4), LINKTYPE.BRCM_PREPEND),
  sample("switch tag of Broadcom", switchTagged(frame4, hex("20000003")), LINKTYPE.BRCM),
  sample("switch tag of Marvell", switchTagged(frame4, hex("c0080000")), LINKTYPE.DSA),
  sample(
    "switch tag of Marvell, long",
    switchTagged(frame4, hex("dada 0000 c0080000")),
    LINKTYPE.EDSA,
  ),
  sample("trunk of Cisco (ISL)", trunk(frame4)),
  sample("trunk of Cisco (ISL), another address", trunk(frame4, "03000c000000")),
  sample("frame relay in GRE", overGre(frameRelay(INNER_4), 0x6559)),
  sample("TZSP as a link", tzsp(frame4), LINKTYPE.TZSP),
  sample("packet radio", packetRadio(INNER_4), LINKTYPE.AX25),
  sample("packet radio by two others", packetRadio(INNER_4, 2), LINKTYPE.AX25),
  sample(
    "packet radio behind a command",
    concat(bytes(0), packetRadio(INNER_4)),
    LINKTYPE.AX25_KISS,
  ),
  sample("Juniper, PPPoE", juniper(ethernet(pppoe(ppp(INNER_4)), { type: 0x8864 })), 167),
  sample("PPP, bridged", ppp(concat(bytes(0, 1), frame4), { protocol: 0x31 }), LINKTYPE.PPP),
  sample(
    "PPP, bridged, with the number of a LAN",
    ppp(concat(hex("4001 00000007"), frame4), { protocol: 0x31 }),
    LINKTYPE.PPP,
  ),
  sample("loopback, EtherType", nullLink(INNER_4, { family: 0x0800 }), LINKTYPE.NULL),
  sample(
    "loopback, EtherType, big-endian",
    nullLink(INNER_6, { family: 0x86dd, bigEndian: true }),
    LINKTYPE.NULL,
    FOUND_6,
  ),
  sample("loopback, PPP", ppp(INNER_4, { framed: true }), LINKTYPE.NULL),
  sample("cooked, whole frames", sll(frame4, { type: 3 }), LINKTYPE.SLL),
  sample("cooked, PPP", sll(ppp(INNER_4, { framed: true }), { type: 7 }), LINKTYPE.SLL),
  sample("cooked 2, PPP", sll2(ppp(INNER_6), { type: 7 }), LINKTYPE.SLL2, FOUND_6),
  sample("cooked, 802.11", sll(wlan4, { type: 4, device: 801 }), LINKTYPE.SLL),
  sample("cooked, Prism", sll(prism(wlan4), { type: 4, device: 802 }), LINKTYPE.SLL),
  sample("cooked 2, radiotap", sll2(radiotap(wlan4), { type: 4, device: 803 }), LINKTYPE.SLL2),
  sample("802.11, padded", wlan(snap(INNER_4), { qos: true, padded: true }), LINKTYPE.WLAN),
  sample("802.11 that Cisco's access points send on", overUdp(5000, concat(peek, wlan4))),
  sample("GTP of version 0", overUdp(3386, concat(hex("1eff"), filler(18), INNER_4))),
  sample("GTP of version 1 on the port of version 0", overUdp(3386, gtp(INNER_4))),
  sample("VXLAN, by the port that it is from", overUdp(30000, vxlan(frame4), TUNNEL_PORT.VXLAN)),
  sample("batman-adv", inBatman(0x40, 10)),
  sample("batman-adv with four addresses", inBatman(0x42, 18)),
  sample("batman-adv, broadcast", inBatman(0x01, 14)),
  sample("SRv6 of Ethernet", ethernet(ipv6({ protocol: TUNNEL_PROTOCOL.ETHERNET }, frame4))),
  sample("GUE", overUdp(TUNNEL_PORT.GUE, concat(hex("0104 0000 00000000"), INNER_4))),
  sample("GUE without a header", overUdp(TUNNEL_PORT.GUE, INNER_6), 1, FOUND_6),
];

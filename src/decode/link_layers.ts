// Which header the packets of a link type begin with: https://www.tcpdump.org/linktypes.html.

import { Layer } from "./packet.ts";

const LINKTYPE_ETHERNET = 1;

/** By LINKTYPE_ value. 12 and 14 are BSD's own numbers for raw IP, which PKTAP uses. */
const LINK_LAYERS: Readonly<Record<number, Layer>> = {
  0: Layer.NULL,
  [LINKTYPE_ETHERNET]: Layer.ETHERNET,
  6: Layer.TOKEN_RING,
  8: Layer.SLIP,
  9: Layer.PPP,
  10: Layer.FDDI,
  12: Layer.IP,
  14: Layer.IP,
  50: Layer.PPP,
  51: Layer.PPPOE,
  99: Layer.SYMANTEC,
  100: Layer.LLC,
  101: Layer.IP,
  104: Layer.CHDLC,
  105: Layer.WLAN,
  106: Layer.IP,
  107: Layer.FRAME_RELAY,
  108: Layer.NULL,
  109: Layer.ENC,
  113: Layer.SLL,
  117: Layer.PFLOG,
  119: Layer.PRISM,
  122: Layer.IPFC,
  123: Layer.SUNATM,
  127: Layer.RADIOTAP,
  138: Layer.FIREWIRE,
  143: Layer.DOCSIS,
  149: Layer.PKTAP,
  163: Layer.AVS,
  166: Layer.PPP_DIRECTION,
  178: Layer.JUNIPER_ETHERNET,
  179: Layer.JUNIPER_PPP,
  180: Layer.JUNIPER_FRAME_RELAY,
  181: Layer.JUNIPER_CHDLC,
  192: Layer.PPI,
  197: Layer.ERF,
  204: Layer.PPP_DIRECTION,
  205: Layer.CHDLC_DIRECTION,
  206: Layer.FRAME_RELAY_DIRECTION,
  226: Layer.IPNET,
  228: Layer.IP,
  229: Layer.IP,
  239: Layer.NFLOG,
  240: Layer.NETANALYZER,
  241: Layer.NETANALYZER_TRANSPARENT,
  242: Layer.IPOIB,
  258: Layer.PKTAP,
  274: Layer.MPACKET,
  276: Layer.SLL2,
  281: Layer.DSA,
  282: Layer.BRCM_PREPENDED,
  284: Layer.DSA,
  285: Layer.EDSA,
};

/** The outermost header of packets of a link type; null if it is not known. */
export const linkLayer = (linkType: number): Layer | null =>
  linkType === LINKTYPE_ETHERNET ? Layer.ETHERNET : LINK_LAYERS[linkType] ?? null;

// Decodes a packet from its link layer to TCP or UDP. Each header has a function of its own, which
// returns what the next header is. Ethernet, IP and TCP call each other instead: nearly every packet
// consists of them, and small packets take 10 % less time so.

import {
  bsdLoopback,
  enc,
  ipoib,
  linuxCooked,
  linuxCooked2,
  nflog,
  pflog,
  pktap,
} from "./capture_headers.ts";
import {
  behind,
  docsis,
  erf,
  firewire,
  ipnet,
  juniper,
  sunAtm,
  symantec,
} from "./device_headers.ts";
import { eoip, erspan2, erspan3, gre } from "./gre.ts";
import { mpls, nsh } from "./labels.ts";
import { ethernet, etherType, llc } from "./link.ts";
import { linkLayer } from "./link_layers.ts";
import { ip, ipPayload, ipv6 } from "./network.ts";
import { fddi, ipOverFibreChannel, tokenRing } from "./old_lans.ts";
import { fail, Failure, Layer, type Packet } from "./packet.ts";
import { avs, ppi, prism, radiotap } from "./radiotap.ts";
import { ax25, cHdlc, frameRelay, multilink, ppp, pppDirection, pppoe } from "./serial.ts";
import { batman, macsec, switchTag, tag, trill, vlan } from "./tags.ts";
import { tzspLink } from "./tunnel.ts";
import { wlan, wlanBody, wlanSwapped } from "./wlan.ts";

/** The most headers of one packet. Four tunnels, each with two VLANs, take about 50. */
const MAX_LAYERS = 64;

/**
 * Decodes the packet `bytes[at .. at + captured)`, which had `length` bytes on the wire, into
 * `packet`. Returns TCP or UDP, with the payload at `packet.at`; a kind of fragment, or AGGREGATE, which
 * src/flow/tracker.ts handles; OTHER or FAILED.
 */
export function decodePacket(
  bytes: Uint8Array,
  at: number,
  captured: number,
  length: number,
  linkType: number,
  packet: Packet,
): Layer {
  packet.bytes = bytes;
  packet.begin = at;
  packet.at = at;
  packet.end = at + captured;
  packet.wireEnd = at + Math.max(captured, length);
  packet.wireLength = length;
  packet.isCut = captured < length;
  const layer = linkLayer(linkType);
  if (layer === null) return fail(packet, Layer.LINK, Failure.UNSUPPORTED);
  return decodeFrom(layer, packet);
}

/** Decodes `packet` from the header `layer` on. Packets joined from fragments begin here. */
export function decodeFrom(layer: Layer, packet: Packet): Layer {
  let next = layer;
  for (let i = 0; i < MAX_LAYERS; i++) {
    if (next <= Layer.FAILED) return next;
    next = decodeHeader(next, packet);
  }
  return next <= Layer.FAILED ? next : fail(packet, next, Failure.UNSUPPORTED);
}

function decodeHeader(layer: Layer, packet: Packet): Layer {
  switch (layer) {
    case Layer.ETHERNET:
      return ethernet(packet);
    case Layer.ETHERTYPE:
      return etherType(packet);
    case Layer.IP:
      return ip(packet);
    case Layer.IPV6:
      return ipv6(packet);
    case Layer.IP_PAYLOAD:
      return ipPayload(packet);
    case Layer.VLAN:
      return vlan(packet);
    case Layer.TAG:
      return tag(packet);
    case Layer.MACSEC:
      return macsec(packet);
    case Layer.TRILL:
      return trill(packet);
    case Layer.MPLS:
      return mpls(packet);
    case Layer.NSH:
      return nsh(packet);
    case Layer.PPPOE:
      return pppoe(packet);
    case Layer.PPP:
      return ppp(packet);
    case Layer.MULTILINK:
      return multilink(packet);
    case Layer.CHDLC:
      return cHdlc(packet);
    case Layer.FRAME_RELAY:
      return frameRelay(packet);
    case Layer.LLC:
      return llc(packet);
    case Layer.WLAN_BODY:
      return wlanBody(packet);
    default:
      return decodeRare(layer, packet);
  }
}

/** GRE, and headers that only some kinds of captures have. */
function decodeRare(layer: Layer, packet: Packet): Layer {
  switch (layer) {
    case Layer.SLL:
      return linuxCooked(packet);
    case Layer.SLL2:
      return linuxCooked2(packet);
    case Layer.NULL:
      return bsdLoopback(packet);
    case Layer.ENC:
      return enc(packet);
    case Layer.PKTAP:
      return pktap(packet);
    case Layer.IPOIB:
      return ipoib(packet);
    case Layer.NFLOG:
      return nflog(packet);
    case Layer.PFLOG:
      return pflog(packet);
    case Layer.PPP_DIRECTION:
      return pppDirection(packet);
    case Layer.CHDLC_DIRECTION:
      return behind(packet, 1, Layer.CHDLC);
    case Layer.FRAME_RELAY_DIRECTION:
      return behind(packet, 1, Layer.FRAME_RELAY);
    case Layer.WLAN:
      return wlan(packet);
    case Layer.CAPWAP:
      return wlanSwapped(packet);
    case Layer.RADIOTAP:
      return radiotap(packet);
    case Layer.PRISM:
      return prism(packet);
    case Layer.AVS:
      return avs(packet);
    case Layer.PPI:
      return ppi(packet);
    case Layer.GRE:
      return gre(packet);
    case Layer.ERSPAN2:
      return erspan2(packet);
    case Layer.ERSPAN3:
      return erspan3(packet);
    case Layer.EOIP:
      return eoip(packet);
    default:
      return decodeDevice(layer, packet);
  }
}

/** Headers of other networks than Ethernet, of devices that capture, and of switches. */
function decodeDevice(layer: Layer, packet: Packet): Layer {
  switch (layer) {
    case Layer.TOKEN_RING:
      return tokenRing(packet);
    case Layer.FDDI:
      return fddi(packet);
    case Layer.IPFC:
      return ipOverFibreChannel(packet);
    case Layer.FIREWIRE:
      return firewire(packet);
    case Layer.SUNATM:
      return sunAtm(packet);
    case Layer.DOCSIS:
      return docsis(packet);
    case Layer.ERF:
      return erf(packet);
    case Layer.IPNET:
      return ipnet(packet);
    case Layer.JUNIPER_ETHERNET:
      return juniper(packet, Layer.ETHERNET);
    case Layer.JUNIPER_PPP:
      return juniper(packet, Layer.PPP);
    case Layer.JUNIPER_FRAME_RELAY:
      return juniper(packet, Layer.FRAME_RELAY);
    case Layer.JUNIPER_CHDLC:
      return juniper(packet, Layer.CHDLC);
    case Layer.BRCM_PREPENDED:
    case Layer.NETANALYZER:
      return behind(packet, 4, Layer.ETHERNET);
    case Layer.NETANALYZER_TRANSPARENT:
      return behind(packet, 12, Layer.ETHERNET);
    case Layer.MPACKET:
      return behind(packet, 8, Layer.ETHERNET);
    case Layer.DSA:
      return switchTag(packet, 4);
    case Layer.EDSA:
      return switchTag(packet, 8);
    case Layer.BATMAN:
      return batman(packet);
    case Layer.SLIP:
      return behind(packet, 16, Layer.IP);
    case Layer.SYMANTEC:
      return symantec(packet);
    case Layer.TZSP:
      return tzspLink(packet);
    case Layer.AX25:
      return ax25(packet);
    case Layer.AX25_KISS:
      packet.at++;
      return ax25(packet);
    default:
      return fail(packet, layer, Failure.UNSUPPORTED);
  }
}

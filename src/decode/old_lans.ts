// Networks of other times, whose frames have addresses, then 802.2.

import { fail, Failure, Layer, type Packet, short } from "./packet.ts";

/** Access control and frame control, two addresses. */
const TOKEN_RING_HEADER = 14;
const TOKEN_RING_SOURCE = 8;
/** Of a source address: a route follows, whose first byte has its length. */
const HAS_ROUTE = 0x80;
const ROUTE_LENGTH = 0x1f;

/** IEEE 802.5, with source routing. */
export function tokenRing(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (at + TOKEN_RING_HEADER >= end) return short(packet, Layer.TOKEN_RING);
  const hasRoute = (bytes[at + TOKEN_RING_SOURCE]! & HAS_ROUTE) !== 0;
  const route = hasRoute ? bytes[at + TOKEN_RING_HEADER]! & ROUTE_LENGTH : 0;
  if (hasRoute && route < 2) return fail(packet, Layer.TOKEN_RING, Failure.MALFORMED);
  packet.at += TOKEN_RING_HEADER + route;
  return Layer.LLC;
}

/** Frame control, two addresses. */
const FDDI_HEADER = 13;
const FDDI_LLC = 0x50;

export function fddi(packet: Packet): Layer {
  if (packet.at >= packet.end) return short(packet, Layer.FDDI);
  const isLlc = (packet.bytes[packet.at]! & 0xf0) === FDDI_LLC;
  packet.at += FDDI_HEADER;
  return isLlc ? Layer.LLC : Layer.OTHER;
}

/** Two addresses of eight bytes (RFC 4338). */
const IPFC_HEADER = 16;

/** IP over Fibre Channel. */
export function ipOverFibreChannel(packet: Packet): Layer {
  packet.at += IPFC_HEADER;
  return Layer.LLC;
}

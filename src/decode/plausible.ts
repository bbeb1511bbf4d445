// Whether bytes look like a packet: for tunnels over UDP, as other programs may use their ports too, and
// for headers that do not say what follows them.

import { u16, u32 } from "../bytes.ts";
import { announced, EtherType } from "./link.ts";
import { Layer, type Packet } from "./packet.ts";

const ADDRESSES = 12;
const ETHERNET_HEADER = 14;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;

/** Where the IP packet at `at` ends by its own length; 0 if its lengths do not fit into what was sent. */
export function ipEnd({ bytes, end, wireEnd }: Packet, at: number): number {
  if (at + 6 > end) return 0;
  const version = bytes[at]! >> 4;
  const header = version === 4 ? (bytes[at]! & 15) * 4 : IPV6_HEADER;
  const length = version === 4 ? u16(bytes, at + 2) : IPV6_HEADER + u16(bytes, at + 4);
  if ((version !== 4 && version !== 6) || header < IPV4_HEADER || length < header) return 0;
  return at + length <= wireEnd ? at + length : 0;
}

/** Whether an IPv4 or IPv6 packet may begin at `at`. */
export const isIp = (packet: Packet, at: number): boolean => ipEnd(packet, at) > 0;

/** The same, if nothing may follow it. */
export const isOnlyIp = (packet: Packet, at: number): boolean =>
  ipEnd(packet, at) === packet.wireEnd;

/** Whether an Ethernet frame may begin at `at`: its EtherType is known, and fits what follows. */
export function isFrame({ bytes, end }: Packet, at: number): boolean {
  if (at + ETHERNET_HEADER >= end) return false;
  const type = u16(bytes, at + ADDRESSES);
  const version = bytes[at + ETHERNET_HEADER]! >> 4;
  if (type === EtherType.IPV4) return version === 4;
  if (type === EtherType.IPV6) return version === 6;
  const layer = announced(type);
  return layer === Layer.LLC ? isSnap(bytes, at + ETHERNET_HEADER, end) : layer !== Layer.LINK;
}

/** DSAP, SSAP and control of SNAP; an organisation, an EtherType. */
const SNAP = 0xaaaa0300;
const SNAP_TYPE_AT = 6;
const SNAP_HEADER = 8;

/** Whether SNAP with a known EtherType is at `at`. */
function isSnap(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + SNAP_HEADER >= end || u32(bytes, at) !== SNAP || u16(bytes, at + 4) !== 0) return false;
  const layer = announced(u16(bytes, at + SNAP_TYPE_AT));
  return layer !== Layer.LINK && layer !== Layer.LLC;
}

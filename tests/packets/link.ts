// Link layers. The type of what they carry is read from its first nibble unless it is given.

import { type Bytes, bytes, concat, hex, u16, u32, u8 } from "./bytes.ts";

/** LINKTYPE_ values, as in https://www.tcpdump.org/linktypes.html. */
export const LINKTYPE = {
  NULL: 0,
  ETHERNET: 1,
  AX25: 3,
  TOKEN_RING: 6,
  SLIP: 8,
  PPP: 9,
  FDDI: 10,
  PPP_HDLC: 50,
  PPPOE: 51,
  SYMANTEC: 99,
  ATM: 100,
  RAW: 101,
  C_HDLC: 104,
  WLAN: 105,
  ATM_CLIP: 106,
  FRAME_RELAY: 107,
  LOOP: 108,
  ENC: 109,
  SLL: 113,
  PFLOG: 117,
  PRISM: 119,
  IPFC: 122,
  SUNATM: 123,
  RADIOTAP: 127,
  TZSP: 128,
  FIREWIRE: 138,
  DOCSIS: 143,
  /** The number that private uses have, and macOS for PKTAP. */
  USER2: 149,
  AVS: 163,
  PPP_PPPD: 166,
  JUNIPER_ETHER: 178,
  JUNIPER_PPP: 179,
  JUNIPER_FRELAY: 180,
  JUNIPER_CHDLC: 181,
  PPI: 192,
  ERF: 197,
  AX25_KISS: 202,
  PPP_WITH_DIR: 204,
  C_HDLC_WITH_DIR: 205,
  FRELAY_WITH_DIR: 206,
  IPNET: 226,
  IPV4: 228,
  IPV6: 229,
  NFLOG: 239,
  NETANALYZER: 240,
  NETANALYZER_TRANSPARENT: 241,
  IPOIB: 242,
  PKTAP: 258,
  MPACKET: 274,
  SLL2: 276,
  BRCM: 281,
  BRCM_PREPEND: 282,
  DSA: 284,
  EDSA: 285,
} as const;

export const ETHERTYPE = {
  IPV4: 0x0800,
  ARP: 0x0806,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  MPLS: 0x8847,
  PPPOE_SESSION: 0x8864,
  QINQ: 0x88a8,
} as const;

export interface EthernetOptions {
  readonly type?: number;
  /** Twelve hexadecimal digits. */
  readonly src?: string;
  readonly dst?: string;
  /** Pads to the 60 bytes that Ethernet asks for. */
  readonly pad?: boolean;
}

export function ethernet(payload: Uint8Array, options: EthernetOptions = {}): Bytes {
  const { dst = "020000000002", src = "020000000001", type = etherTypeOf(payload) } = options;
  const padding = options.pad === true ? Math.max(0, 46 - payload.length) : 0;
  return concat(hex(dst), hex(src), u16(type), payload, new Uint8Array(padding));
}

/**
 * An 802.1Q tag with what follows it; to be the payload of `ethernet` (or of another tag) whose
 * type is then ETHERTYPE.VLAN or ETHERTYPE.QINQ.
 */
export function vlan(payload: Uint8Array, options: { id?: number; type?: number } = {}): Bytes {
  const { id = 1, type = etherTypeOf(payload) } = options;
  return concat(u16(id), u16(type), payload);
}

export interface CookedOptions {
  readonly type?: number;
  /** The kind of device: 1 for Ethernet. */
  readonly device?: number;
}

/** Linux cooked capture. */
export function sll(payload: Uint8Array, options: CookedOptions = {}): Bytes {
  const { type = etherTypeOf(payload), device = 1 } = options;
  return concat(u16(0), u16(device), u16(6), hex("020000000001 0000"), u16(type), payload);
}

/** Linux cooked capture, version 2. */
export function sll2(
  payload: Uint8Array,
  options: CookedOptions & { index?: number } = {},
): Bytes {
  const { type = etherTypeOf(payload), device = 1, index = 2 } = options;
  const address = hex("020000000001 0000");
  return concat(u16(type), u16(0), u32(index), u16(device), u8(0), u8(6), address, payload);
}

/** BSD loopback: the address family in the byte order of the machine that captured. */
export function nullLink(
  payload: Uint8Array,
  options: { family?: number; bigEndian?: boolean } = {},
): Bytes {
  const { family = isIpv6(payload) ? 30 : 2, bigEndian = false } = options;
  return concat(bigEndian ? u32(family) : bytes(family & 0xff, family >> 8, 0, 0), payload);
}

/** No link layer at all. */
export const raw = (payload: Uint8Array): Bytes => concat(payload);

const isIpv6 = (payload: Uint8Array): boolean => payload[0]! >> 4 === 6;

const etherTypeOf = (payload: Uint8Array): number =>
  isIpv6(payload) ? ETHERTYPE.IPV6 : ETHERTYPE.IPV4;

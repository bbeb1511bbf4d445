// Headers that carry a packet inside another. Those of UDP tunnels are the payload of `udp` to their
// port; GRE's is the payload of `ipv4` or `ipv6` with TUNNEL_PROTOCOL.GRE.

import { type Bytes, bytes, concat, hex, u16, u24, u32, u8 } from "./bytes.ts";
import { ETHERTYPE } from "./link.ts";

export const TUNNEL_PROTOCOL = {
  GRE: 47,
  ETHER_IP: 97,
  L2TP: 115,
  MPLS: 137,
  ETHERNET: 143,
} as const;

export const TUNNEL_PORT = {
  L2TP: 1701,
  GTP: 2152,
  TEREDO: 3544,
  LISP: 4341,
  IPSEC: 4500,
  GRE: 4754,
  VXLAN: 4789,
  VXLAN_GPE: 4790,
  AYIYA: 5072,
  CAPWAP: 5247,
  GUE: 6080,
  GENEVE: 6081,
  MPLS: 6635,
  HP_ERM: 7932,
  VXLAN_LINUX: 8472,
  TZSP: 37008,
  VXLAN_ACI: 48879,
} as const;

/** EtherTypes that stand for what is in a tunnel. */
export const TUNNEL_TYPE = {
  ERSPAN_3: 0x22eb,
  ETHERNET: 0x6558,
  PPP: 0x880b,
  ERSPAN_2: 0x88be,
  NSH: 0x894f,
  EOIP: 0x6400,
} as const;

const NOTHING = new Uint8Array(0);

export interface GreOptions {
  readonly type?: number;
  readonly checksum?: boolean;
  readonly key?: number;
  readonly sequence?: number;
  /** Enhanced GRE, as PPTP has it (RFC 2637); `key` is then of length and call. */
  readonly version?: 0 | 1;
  readonly acknowledgement?: number;
}

export function gre(payload: Uint8Array, options: GreOptions = {}): Bytes {
  const { type = ETHERTYPE.IPV4, checksum = false, key, sequence, version = 0 } = options;
  const { acknowledgement } = options;
  const flags = (checksum ? 0x8000 : 0) | (key === undefined ? 0 : 0x2000) |
    (sequence === undefined ? 0 : 0x1000) | (acknowledgement === undefined ? 0 : 0x0080) | version;
  return concat(
    u16(flags),
    u16(type),
    checksum ? u32(0) : NOTHING,
    ...[key, sequence, acknowledgement].map((it) => it === undefined ? NOTHING : u32(it)),
    payload,
  );
}

/** MikroTik's Ethernet over IP: what GRE's header is there. */
export const eoip = (frame: Uint8Array): Bytes =>
  concat(hex("2001 6400"), u16(frame.length), hex("0500"), frame);

/** A mirrored frame behind ERSPAN type II, to be in `gre` with a sequence number. */
export const erspan2 = (frame: Uint8Array): Bytes => concat(hex("1001 0001 00000000"), frame);

/** The same for type III; `platform` adds the eight bytes of a subheader. */
export function erspan3(frame: Uint8Array, options: { platform?: boolean } = {}): Bytes {
  const { platform = false } = options;
  const optional = platform ? new Uint8Array(8) : NOTHING;
  return concat(hex("2001 0001 00000000 0000"), u16(platform ? 1 : 0), optional, frame);
}

export interface VxlanOptions {
  readonly id?: number;
  /** GPE: the protocol inside, 1 IPv4, 2 IPv6, 3 Ethernet, 4 NSH, 5 MPLS. */
  readonly next?: number;
  /** A group policy, which fills what is else reserved. */
  readonly group?: number;
}

export function vxlan(payload: Uint8Array, options: VxlanOptions = {}): Bytes {
  const { id = 42, next, group } = options;
  const flags = 0x08 | (next === undefined ? 0 : 0x04) | (group === undefined ? 0 : 0x80);
  const middle = group === undefined ? bytes(0, 0, next ?? 0) : concat(u8(0), u16(group));
  return concat(u8(flags), middle, u24(id), u8(0), payload);
}

export function geneve(
  payload: Uint8Array,
  options: { type?: number; options?: Uint8Array } = {},
): Bytes {
  const { type = TUNNEL_TYPE.ETHERNET, options: extra = NOTHING } = options;
  return concat(bytes(extra.length / 4, 0), u16(type), u24(42), u8(0), extra, payload);
}

/** GTP-U with a G-PDU; `extensions` are whole extension headers without their type. */
export function gtp(
  payload: Uint8Array,
  options: { sequence?: number; extensions?: readonly Uint8Array[] } = {},
): Bytes {
  const { sequence, extensions = [] } = options;
  const hasOptional = sequence !== undefined || extensions.length > 0;
  const flags = 0x30 | (sequence === undefined ? 0 : 2) | (extensions.length > 0 ? 4 : 0);
  const types = extensions.map(() => 0x85);
  const optional = hasOptional
    ? concat(u16(sequence ?? 0), u8(0), u8(types.length > 0 ? types[0]! : 0))
    : NOTHING;
  const chain = extensions.map((extension, i) => concat(extension, u8(types[i + 1] ?? 0)));
  const length = optional.length + chain.reduce((sum, it) => sum + it.length, 0) + payload.length;
  return concat(bytes(flags, 0xff), u16(length), u32(7), optional, ...chain, payload);
}

/** An IPv6 packet as Teredo carries it, behind authentication or origin indication where asked for. */
export function teredo(
  packet: Uint8Array,
  options: { authentication?: boolean; origin?: boolean } = {},
): Bytes {
  const authentication = options.authentication === true
    ? concat(bytes(0, 1, 2, 3), new Uint8Array(2 + 3 + 9))
    : NOTHING;
  const origin = options.origin === true ? hex("0000 aaaa bbbbbbbb") : NOTHING;
  return concat(authentication, origin, packet);
}

/** AYIYA with an identity of 16 bytes and a signature of 20. */
export const ayiya = (packet: Uint8Array): Bytes =>
  concat(hex("44 52 11 29"), u32(0), new Uint8Array(36), packet);

/** CAPWAP data with the frame of an access point: of 802.11 (`wlan`), or of Ethernet. */
export const capwap = (frame: Uint8Array, options: { wlan?: boolean } = {}): Bytes =>
  concat(hex("00 10"), u8(options.wlan ? 0x43 : 0x42), hex("00 00000000"), frame);

/** The same in fragments of `size` bytes, which is a multiple of eight. */
export const capwapFragments = (
  frame: Uint8Array,
  size: number,
  options: { wlan?: boolean; id?: number } = {},
): Bytes[] =>
  Array.from({ length: Math.ceil(frame.length / size) }, (_, i) => {
    const piece = frame.slice(i * size, (i + 1) * size);
    const isLast = (i + 1) * size >= frame.length;
    const flags = concat(hex("00 10"), u8(options.wlan ? 0x43 : 0x42), u8(isLast ? 0xc0 : 0x80));
    return concat(flags, u16(options.id ?? 1), u16(i * size), piece);
  });

export interface L2tpOptions {
  readonly length?: boolean;
  readonly sequence?: boolean;
  /** Bytes between header and payload. */
  readonly offset?: number;
}

/** L2TP version 2, a data message. */
export function l2tp(payload: Uint8Array, options: L2tpOptions = {}): Bytes {
  const { length = false, sequence = false, offset } = options;
  const flags = 2 | (length ? 0x4000 : 0) | (sequence ? 0x0800 : 0) |
    (offset === undefined ? 0 : 0x0200);
  const rest = concat(
    u16(1),
    u16(2),
    sequence ? u32(0) : NOTHING,
    offset === undefined ? NOTHING : concat(u16(offset), new Uint8Array(offset)),
    payload,
  );
  return concat(u16(flags), length ? u16(rest.length + 4) : NOTHING, rest);
}

/** TZSP with tags for signal strength and padding; `protocol` 1 is Ethernet, 18 is 802.11. */
export const tzsp = (frame: Uint8Array, options: { protocol?: number } = {}): Bytes =>
  concat(bytes(1, 0), u16(options.protocol ?? 1), hex("0a 01 c0 00 00 01"), frame);

/** A network service header of the fixed length; `next` is 1 IPv4, 2 IPv6, 3 Ethernet, 5 MPLS. */
export const nsh = (payload: Uint8Array, options: { next?: number } = {}): Bytes =>
  concat(hex("0f c6 01"), u8(options.next ?? 1), hex("000001 ff"), new Uint8Array(16), payload);

/** LISP's data header: flags, nonce, locators. */
export const lisp = (packet: Uint8Array): Bytes => concat(hex("80123456 00000001"), packet);

/** A frame that a switch of HP's or Aruba's mirrors. */
export const hpErm = (frame: Uint8Array): Bytes => concat(new Uint8Array(12), frame);

/** L2TP version 3, a session with `agreed` bytes of cookie and sublayer; over UDP there is more before it. */
export const l2tp3 = (
  frame: Uint8Array,
  options: { agreed?: number; udp?: boolean } = {},
): Bytes =>
  concat(
    options.udp === true ? hex("0003 0000") : NOTHING,
    u32(7),
    new Uint8Array(options.agreed ?? 4),
    frame,
  );

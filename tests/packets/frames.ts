// Less common frames: labels, PPP and other lines, and the headers that captures put before packets.

import { type Bytes, bytes, concat, hex, text, u16, u24, u32, u8 } from "./bytes.ts";
import { ETHERTYPE } from "./link.ts";

const NOTHING = new Uint8Array(0);
const isIpv6 = (payload: Uint8Array): boolean => payload[0]! >> 4 === 6;
const typeOf = (payload: Uint8Array): number => isIpv6(payload) ? ETHERTYPE.IPV6 : ETHERTYPE.IPV4;

const u16le = (value: number): Bytes => bytes(value, value >> 8);
const u32le = (value: number): Bytes => concat(u16le(value), u16le(value >> 16));

/** A stack of labels; without `bottom` the last does not say that it is the last. */
export function mpls(
  payload: Uint8Array,
  options: { labels?: readonly number[]; bottom?: boolean } = {},
): Bytes {
  const { labels = [100], bottom = true } = options;
  const stack = labels.map((label, i) => {
    const isLast = bottom && i === labels.length - 1 ? 1 : 0;
    return bytes(label >> 12, label >> 4, (label << 4) | isLast, 64);
  });
  return concat(...stack, payload);
}

export const pppoe = (payload: Uint8Array, options: { code?: number } = {}): Bytes =>
  concat(bytes(0x11, options.code ?? 0), u16(1), u16(payload.length), payload);

export interface PppOptions {
  readonly protocol?: number;
  /** With address and control, as on serial lines. */
  readonly framed?: boolean;
  /** The protocol in one byte, as negotiated by protocol field compression. */
  readonly compressed?: boolean;
}

export function ppp(payload: Uint8Array, options: PppOptions = {}): Bytes {
  const { protocol = isIpv6(payload) ? 0x57 : 0x21, framed = false, compressed = false } = options;
  return concat(framed ? hex("ff03") : NOTHING, compressed ? u8(protocol) : u16(protocol), payload);
}

/** 802.2 with SNAP. */
export const snap = (payload: Uint8Array, options: { type?: number } = {}): Bytes =>
  concat(hex("aaaa03 000000"), u16(options.type ?? typeOf(payload)), payload);

/** Cisco HDLC. */
export const cHdlc = (payload: Uint8Array): Bytes =>
  concat(hex("0f00"), u16(typeOf(payload)), payload);

/** OpenBSD's packet filter log. */
export const pflog = (packet: Uint8Array): Bytes =>
  concat(bytes(61, isIpv6(packet) ? 24 : 2, 0, 0), text("em0"), new Uint8Array(57), packet);

/** Linux's netfilter log, with a prefix and something nested before the packet. */
export function nflog(packet: Uint8Array, options: { bigEndian?: boolean } = {}): Bytes {
  const number = options.bigEndian ? u16 : u16le;
  const attribute = (type: number, value: Uint8Array): Bytes =>
    concat(
      number(value.length + 4),
      number(type),
      value,
      new Uint8Array(-value.length & 3),
    );
  return concat(
    hex("02 00 0000"),
    attribute(1, hex("0800 01 00")),
    attribute(10, text("drop\0")),
    attribute(18 | 0x8000, hex("00000000")),
    attribute(9, packet),
  );
}

/** Apple's PKTAP, 108 bytes of it; `linkType` is what follows. */
export function pktap(
  frame: Uint8Array,
  options: { linkType?: number; next?: number; bigEndian?: boolean } = {},
): Bytes {
  const number = options.bigEndian ? u32 : u32le;
  const fields = [108, options.next ?? 1, options.linkType ?? 1, 0x4001].map(number);
  return concat(...fields, text("en0"), new Uint8Array(89), frame);
}

/** What BSD's interface for IPsec shows: address family, security association, flags. */
export const enc = (packet: Uint8Array, options: { bigEndian?: boolean } = {}): Bytes =>
  concat((options.bigEndian ? u32 : u32le)(isIpv6(packet) ? 24 : 2), u32(7), u32(0), packet);

/** IP over InfiniBand, behind InfiniBand's addresses. */
export const ipoib = (packet: Uint8Array): Bytes =>
  concat(new Uint8Array(40).fill(0x45), u16(typeOf(packet)), u16(0), packet);

/** The byte before packets of lines that says who has sent them. */
export const withDirection = (packet: Uint8Array, isSent = false): Bytes =>
  concat(u8(isSent ? 1 : 0), packet);

export interface FrameRelayOptions {
  /** Bytes of the address, 2 to 4. */
  readonly address?: number;
  /** How the packet is announced: by its own NLPID, behind 802.2's SNAP, or as Cisco does. */
  readonly form?: "nlpid" | "snap" | "cisco" | "bridged" | "ppp";
}

export function frameRelay(packet: Uint8Array, options: FrameRelayOptions = {}): Bytes {
  const { address = 2, form = "nlpid" } = options;
  const header = new Uint8Array(address).fill(0x1e);
  header[address - 1] = 0x1f;
  const type = u16(typeOf(packet));
  const announced = {
    nlpid: bytes(0x03, isIpv6(packet) ? 0x8e : 0xcc),
    snap: concat(hex("03 00 80 000000"), type),
    cisco: type,
    bridged: hex("03 00 80 0080c2 0007"),
    ppp: hex("03 cf"),
  };
  return concat(header, announced[form], packet);
}

export interface MultilinkOptions {
  readonly sequence?: number;
  readonly first?: boolean;
  readonly last?: boolean;
  /** Sequence numbers of 12 bits. */
  readonly short?: boolean;
}

/** Multilink PPP: a fragment of a PPP frame, or a whole one. */
export function multilink(piece: Uint8Array, options: MultilinkOptions = {}): Bytes {
  const { sequence = 1, first = true, last = true, short = false } = options;
  const flags = (first ? 0x80 : 0) | (last ? 0x40 : 0);
  const header = short ? u16((flags << 8) | (sequence & 0xfff)) : concat(u8(flags), u24(sequence));
  return ppp(concat(header, piece), { protocol: 0x3d, framed: true });
}

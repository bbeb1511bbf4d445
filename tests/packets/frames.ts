// Less common frames: labels, PPP, 802.11, and the headers that captures put before packets.

import { type Bytes, bytes, concat, hex, text, u16, u8 } from "./bytes.ts";
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

export interface WlanOptions {
  readonly qos?: boolean;
  /** Through a bridge: four addresses. */
  readonly wds?: boolean;
  /** Bytes of zero behind the header, up to a multiple of four. */
  readonly padded?: boolean;
  readonly encrypted?: boolean;
  readonly htControl?: boolean;
  /** The payload is the first of several in one frame. */
  readonly aggregate?: boolean;
}

/** An 802.11 data frame; `payload` begins with 802.2. */
export function wlan(payload: Uint8Array, options: WlanOptions = {}): Bytes {
  const { qos = false, wds = false, encrypted = false, htControl = false } = options;
  const { aggregate = false, padded = false } = options;
  const flags = (wds ? 3 : 1) | (encrypted ? 0x40 : 0) | (htControl ? 0x80 : 0);
  const header = concat(
    bytes(qos ? 0x88 : 0x08, flags, 0, 0),
    hex("020000000001 020000000002 020000000003 0000"),
    wds ? hex("020000000004") : NOTHING,
    qos ? bytes(aggregate ? 0x80 : 0, 0) : NOTHING,
    htControl ? new Uint8Array(4) : NOTHING,
  );
  const padding = new Uint8Array(padded ? -header.length & 3 : 0);
  const subframe = aggregate
    ? concat(hex("020000000002 020000000001"), u16(payload.length))
    : NOTHING;
  return concat(header, padding, subframe, payload);
}

export interface RadiotapOptions {
  /** The field of flags; none without. 0x20 says that the header is padded. */
  readonly flags?: number;
  /** A time stamp before the flags. */
  readonly time?: boolean;
  /** A second word of what is present. */
  readonly extended?: boolean;
}

export function radiotap(frame: Uint8Array, options: RadiotapOptions = {}): Bytes {
  const { flags, time = false, extended = false } = options;
  const present = (time ? 1 : 0) | (flags === undefined ? 0 : 2);
  const words = concat(bytes(present, 0, 0, extended ? 0x80 : 0), extended ? u32le(0) : NOTHING);
  // A time stamp stands at a multiple of eight bytes.
  const gap = time ? -(4 + words.length) & 7 : 0;
  const fields = concat(
    new Uint8Array(gap + (time ? 8 : 0)),
    flags === undefined ? NOTHING : u8(flags),
  );
  return concat(bytes(0, 0), u16le(4 + words.length + fields.length), words, fields, frame);
}

/** Prism's header, 144 bytes of it. */
export const prism = (frame: Uint8Array): Bytes =>
  concat(hex("44000000"), u32le(144), new Uint8Array(136), frame);

export const avs = (frame: Uint8Array): Bytes =>
  concat(hex("80211001 00000040"), new Uint8Array(56), frame);

/** Per-packet information, with one field. */
export const ppi = (frame: Uint8Array, options: { linkType?: number } = {}): Bytes =>
  concat(hex("0000"), u16le(16), u32le(options.linkType ?? 105), hex("0200 0400 00000000"), frame);

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

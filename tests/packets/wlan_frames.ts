// 802.11, and the headers that captures put before its frames.

import { crc32 } from "node:zlib";
import { type Bytes, bytes, concat, hex, u16, u8 } from "./bytes.ts";

const NOTHING = new Uint8Array(0);

const u16le = (value: number): Bytes => bytes(value, value >> 8);
const u32le = (value: number): Bytes => concat(u16le(value), u16le(value >> 16));

export interface WlanOptions {
  readonly qos?: boolean;
  /** Through a bridge: four addresses. */
  readonly wds?: boolean;
  /** Bytes of zero behind the header, up to a multiple of four. */
  readonly padded?: boolean;
  readonly encrypted?: boolean;
  readonly htControl?: boolean;
  /** The payload is an aggregate: see `aggregate`. */
  readonly aggregate?: boolean;
  /** Of a fragment: which frame, which part of it, whether more come. */
  readonly fragment?: { readonly frame: number; readonly number: number; readonly more: boolean };
  /** Twelve hexadecimal digits. */
  readonly transmitter?: string;
  /** Which of a sender's kinds of traffic, with `qos`. */
  readonly trafficId?: number;
}

/** An 802.11 data frame; `payload` begins with 802.2 unless it is an aggregate or a fragment. */
export function wlan(payload: Uint8Array, options: WlanOptions = {}): Bytes {
  const { qos = false, wds = false, encrypted = false, htControl = false } = options;
  const { aggregate = false, padded = false, fragment, trafficId = 0 } = options;
  const flags = (wds ? 3 : 1) | (fragment?.more ? 4 : 0) | (encrypted ? 0x40 : 0) |
    (htControl ? 0x80 : 0);
  const header = concat(
    bytes(qos ? 0x88 : 0x08, flags, 0, 0),
    hex("020000000001"),
    hex(options.transmitter ?? "020000000002"),
    hex("020000000003"),
    u16le(fragment === undefined ? 0 : fragment.frame * 16 + fragment.number),
    wds ? hex("020000000004") : NOTHING,
    qos ? bytes((aggregate ? 0x80 : 0) | trafficId, 0) : NOTHING,
    htControl ? new Uint8Array(4) : NOTHING,
  );
  return concat(header, new Uint8Array(padded ? -header.length & 3 : 0), payload);
}

/** Several frames in one (A-MSDU), to be the payload of `wlan` with `aggregate`; all but the last padded. */
export function aggregate(...payloads: readonly Uint8Array[]): Bytes {
  return concat(...payloads.map((payload, i) => {
    const subframe = concat(hex("020000000002 020000000001"), u16(payload.length), payload);
    const padding = i < payloads.length - 1 ? -subframe.length & 3 : 0;
    return concat(subframe, new Uint8Array(padding));
  }));
}

/** The control field of a mesh before `payload`, with up to two more addresses. */
export const mesh = (payload: Uint8Array, addresses: 0 | 1 | 2 = 0): Bytes =>
  concat(bytes(addresses, 31), hex("01000000"), new Uint8Array(addresses * 6).fill(2), payload);

/** A frame with its check sequence. */
export function checked(frame: Uint8Array): Bytes {
  const sum = crc32(frame);
  return concat(frame, u16le(sum), u16le(sum >>> 16));
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

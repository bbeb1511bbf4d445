// 802.11 frames, and the headers that captures put before them. Only what is not encrypted can be read.

import { u16 } from "../bytes.ts";
import { fail, Failure, Layer, type Packet, short } from "./packet.ts";

const TYPE_AND_VERSION = 0x0f;
const DATA = 0x08;
const TO_DS = 0x01;
const FROM_DS = 0x02;
const PROTECTED = 0x40;
const ORDER = 0x80;
const QOS_SUBTYPE = 0x8;
const NO_DATA_SUBTYPE = 0x4;
const AGGREGATE = 0x80;
const HEADER = 24;
/** Destination, source and length before each frame of an A-MSDU. */
const SUBFRAME_HEADER = 14;

const u16le = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);

/** IEEE 802.11 section 9.2: a data frame's header, whose length its own bits tell. */
export function wlan(packet: Packet): Layer {
  return frame(packet, false, false);
}

/** The same where the two bytes of frame control may be swapped, as Cisco's access points send them. */
export function wlanSwapped(packet: Packet): Layer {
  const isData = packet.at < packet.end && (packet.bytes[packet.at]! & TYPE_AND_VERSION) === DATA;
  return frame(packet, false, !isData);
}

function frame(packet: Packet, padded: boolean, swapped: boolean): Layer {
  const { bytes, at, end } = packet;
  if (at + 2 > end) return short(packet, Layer.WLAN);
  const control = bytes[swapped ? at + 1 : at]!;
  const flags = bytes[swapped ? at : at + 1]!;
  const subtype = control >> 4;
  // Control frames are shorter than the header of data: an acknowledgement has ten bytes.
  if ((control & TYPE_AND_VERSION) !== DATA || subtype & NO_DATA_SUBTYPE) return Layer.OTHER;
  if (flags & PROTECTED) return Layer.OTHER;
  let header = HEADER;
  if ((flags & TO_DS) !== 0 && (flags & FROM_DS) !== 0) header += 6;
  let aggregate = false;
  if (subtype & QOS_SUBTYPE) {
    if (at + header >= end) return short(packet, Layer.WLAN);
    aggregate = (bytes[at + header]! & AGGREGATE) !== 0;
    header += 2;
    if (flags & ORDER) header += 4;
  }
  if (padded) header = (header + 3) & ~3;
  if (aggregate) header += SUBFRAME_HEADER;
  packet.at += header;
  return packet.at < end ? Layer.LLC : short(packet, Layer.WLAN);
}

const RADIOTAP_TSFT = 1 << 0;
const RADIOTAP_FLAGS = 1 << 1;
const RADIOTAP_EXTENDED = 0x80;
const FLAG_DATA_PAD = 0x20;

/** https://www.radiotap.org: a length, which fields are there, the fields. */
export function radiotap(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + 8 > packet.end) return short(packet, Layer.RADIOTAP);
  const length = u16le(bytes, at + 2);
  if (length < 8) return fail(packet, Layer.RADIOTAP, Failure.MALFORMED);
  if (at + length > packet.end) return short(packet, Layer.RADIOTAP);
  const padded = (radiotapFlags(bytes, at, at + length) & FLAG_DATA_PAD) !== 0;
  packet.at += length;
  return frame(packet, padded, false);
}

function radiotapFlags(bytes: Uint8Array, at: number, end: number): number {
  const present = bytes[at + 4]!;
  if ((present & RADIOTAP_FLAGS) === 0) return 0;
  let cursor = at + 8;
  let word = at + 4;
  while (cursor < end && bytes[word + 3]! & RADIOTAP_EXTENDED) {
    word += 4;
    cursor += 4;
  }
  if (present & RADIOTAP_TSFT) cursor = at + ((cursor - at + 7) & ~7) + 8;
  return cursor < end ? bytes[cursor]! : 0;
}

const PRISM_HEADER = 144;
const AVS_MAGIC = 0x8021;

/** Prism's header, or AVS's in its place. */
export function prism(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + 8 > packet.end) return short(packet, Layer.PRISM);
  if (u16(bytes, at) === AVS_MAGIC) return avs(packet);
  if (at + PRISM_HEADER > packet.end) return short(packet, Layer.PRISM);
  packet.at += PRISM_HEADER;
  return Layer.WLAN;
}

export function avs(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + 8 > packet.end) return short(packet, Layer.AVS);
  const length = u16(bytes, at + 6);
  if (length < 8) return fail(packet, Layer.AVS, Failure.MALFORMED);
  packet.at += length;
  return Layer.WLAN;
}

/** Per-packet information: a header of its own length, then a link type in it. */
export function ppi(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + 8 > packet.end) return short(packet, Layer.PPI);
  const length = u16le(bytes, at + 2);
  const linkType = u16le(bytes, at + 4);
  if (length < 8) return fail(packet, Layer.PPI, Failure.MALFORMED);
  packet.at += length;
  if (linkType === 105) return Layer.WLAN;
  return linkType === 1 ? Layer.ETHERNET : Layer.OTHER;
}

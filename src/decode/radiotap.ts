// Headers that captures put before 802.11 frames: radiotap, Prism, AVS, and PPI, which may also come
// before other frames.

import { u16 } from "../bytes.ts";
import { linkLayer } from "./link_layers.ts";
import { fail, Failure, Layer, type Packet, short } from "./packet.ts";
import { WlanFlag, wlanFrame } from "./wlan.ts";

const TSFT = 1 << 0;
const FLAGS = 1 << 1;
const EXTENDED = 0x80;
const FLAG_CHECKED = 0x10;
const FLAG_PADDED = 0x20;

const u16le = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);

/** https://www.radiotap.org: its length, a bit for each field that is present, the fields. */
export function radiotap(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + 8 > packet.end) return short(packet, Layer.RADIOTAP);
  const length = u16le(bytes, at + 2);
  if (length < 8) return fail(packet, Layer.RADIOTAP, Failure.MALFORMED);
  if (at + length > packet.end) return short(packet, Layer.RADIOTAP);
  const flags = flagsOf(bytes, at, at + length);
  packet.at += length;
  return wlanFrame(
    packet,
    (flags & FLAG_PADDED ? WlanFlag.PADDED : 0) |
      (flags & FLAG_CHECKED ? WlanFlag.CHECKED : 0),
  );
}

function flagsOf(bytes: Uint8Array, at: number, end: number): number {
  const present = bytes[at + 4]!;
  if ((present & FLAGS) === 0) return 0;
  let cursor = at + 8;
  let word = at + 4;
  while (cursor < end && bytes[word + 3]! & EXTENDED) {
    word += 4;
    cursor += 4;
  }
  if (present & TSFT) cursor = at + ((cursor - at + 7) & ~7) + 8;
  return cursor < end ? bytes[cursor]! : 0;
}

const PRISM_HEADER = 144;
const AVS_MAGIC = 0x8021;

/** Prism; some captures of its link type have AVS. */
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

/** Per-packet information: its length, then the link type of what follows. */
export function ppi(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + 8 > packet.end) return short(packet, Layer.PPI);
  const length = u16le(bytes, at + 2);
  if (length < 8) return fail(packet, Layer.PPI, Failure.MALFORMED);
  packet.at += length;
  return linkLayer(u16le(bytes, at + 4)) ?? fail(packet, Layer.PPI, Failure.UNSUPPORTED);
}

// 802.11 frames that are not encrypted (IEEE 802.11 section 9.2).

import { i32, u16 } from "../bytes.ts";
import { checkSequence } from "./check_sequence.ts";
import { fail, Failure, Layer, type Packet, short } from "./packet.ts";

/** What the capture says about a frame. */
export const WlanFlag = {
  /** Its header is padded to a multiple of four bytes. */
  PADDED: 1,
  /** It ends with its check sequence. */
  CHECKED: 2,
  /** The two bytes of its frame control are swapped. */
  SWAPPED: 4,
} as const;

const TYPE_AND_VERSION = 0x0f;
const DATA = 0x08;
const QOS_SUBTYPE = 0x8;
const NO_DATA_SUBTYPE = 0x4;

const FOUR_ADDRESSES = 0x03;
const MORE_FRAGMENTS = 0x04;
const PROTECTED = 0x40;
const ORDER = 0x80;

const AGGREGATE = 0x80;
const TRAFFIC_ID = 0x0f;

const RECEIVER_AT = 4;
const TRANSMITTER_AT = 10;
const SEQUENCE_AT = 22;
const HEADER = 24;
const FOURTH_ADDRESS = 6;
const QOS_CONTROL = 2;
const HT_CONTROL = 4;
const CHECK_SEQUENCE = 4;

const u16le = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);

export const wlan = (packet: Packet): Layer => wlanFrame(packet, 0);

/** The same for Cisco's access points, some of which swap the bytes of frame control. */
export function wlanSwapped(packet: Packet): Layer {
  const isData = packet.at < packet.end && (packet.bytes[packet.at]! & TYPE_AND_VERSION) === DATA;
  return wlanFrame(packet, isData ? 0 : WlanFlag.SWAPPED);
}

/** A frame of which the capture says `known`, bits of WlanFlag. */
export function wlanFrame(packet: Packet, known: number): Layer {
  const { bytes, at, end } = packet;
  if (at + 2 > end) return short(packet, Layer.WLAN);
  const isSwapped = (known & WlanFlag.SWAPPED) !== 0;
  const control = bytes[isSwapped ? at + 1 : at]!;
  const flags = bytes[isSwapped ? at : at + 1]!;
  const subtype = control >> 4;
  // Only data frames have at least HEADER bytes: an acknowledgement has ten.
  if ((control & TYPE_AND_VERSION) !== DATA || subtype & NO_DATA_SUBTYPE) return Layer.OTHER;
  if (flags & PROTECTED) return fail(packet, Layer.WLAN, Failure.ENCRYPTED);
  const hasFour = (flags & FOUR_ADDRESSES) === FOUR_ADDRESSES;
  const qosAt = at + HEADER + (hasFour ? FOURTH_ADDRESS : 0);
  const hasQos = (subtype & QOS_SUBTYPE) !== 0;
  let body = qosAt;
  if (hasQos) body += QOS_CONTROL + (flags & ORDER ? HT_CONTROL : 0);
  if (known & WlanFlag.PADDED) body = at + ((body - at + 3) & ~3);
  if (body >= end) return short(packet, Layer.WLAN);
  packet.at = body;
  const qos = hasQos ? bytes[qosAt]! : 0;
  const inner = qos & AGGREGATE ? Layer.AGGREGATE : Layer.WLAN_BODY;
  const hasMore = (flags & MORE_FRAGMENTS) !== 0;
  if (!hasMore && (bytes[at + SEQUENCE_AT]! & 0x0f) === 0) {
    return inner === Layer.WLAN_BODY || hasSubframe(bytes, body, end)
      ? inner
      : short(packet, Layer.WLAN);
  }
  packet.next = inner;
  packet.moreFragments = hasMore;
  setFragment(packet, at, qos & TRAFFIC_ID);
  if (known & WlanFlag.CHECKED || isChecked(packet, at)) dropCheckSequence(packet);
  return Layer.WLAN_FRAGMENT;
}

/** Notes sender and receiver in `src0` to `dst1`, and the numbers of frame and fragment (section 9.2.4.4). */
function setFragment(packet: Packet, at: number, trafficId: number): void {
  const { bytes } = packet;
  packet.src0 = i32(bytes, at + TRANSMITTER_AT);
  packet.src1 = u16(bytes, at + TRANSMITTER_AT + 4);
  packet.src2 = trafficId;
  packet.dst0 = i32(bytes, at + RECEIVER_AT);
  packet.dst1 = u16(bytes, at + RECEIVER_AT + 4);
  const sequence = u16le(bytes, at + SEQUENCE_AT);
  packet.fragmentId = sequence >> 4;
  packet.fragmentOffset = sequence & 0x0f;
}

/** Whether the frame at `at` ends with its check sequence: few captures say so. */
function isChecked({ bytes, end, wireEnd }: Packet, at: number): boolean {
  const last = end - CHECK_SEQUENCE;
  if (end < wireEnd || last < at) return false;
  return checkSequence(bytes, at, last) === (u16le(bytes, last) | (u16le(bytes, last + 2) << 16));
}

function dropCheckSequence(packet: Packet): void {
  packet.wireEnd = Math.max(packet.at, packet.wireEnd - CHECK_SEQUENCE);
  packet.end = Math.min(packet.end, packet.wireEnd);
}

const MESH_HEADER = 6;
/** These bits say how many addresses there are; the others are reserved. */
const MESH_ADDRESSES = 0x03;

/** 802.2. In a mesh, a control field with up to two addresses comes first (section 9.2.4.8.3). */
export function wlanBody(packet: Packet): Layer {
  const { bytes, at, end } = packet;
  if (isSnap(packet, at)) return Layer.LLC;
  const flags = bytes[at]!;
  const inner = at + MESH_HEADER + (flags & MESH_ADDRESSES) * 6;
  if (isSnap(packet, inner)) packet.at = inner;
  // Some devices pad the header to a multiple of four bytes, and their captures do not say so.
  else if (isSnap(packet, at + 2)) packet.at += 2;
  else if (inner + 3 > end && flags < MESH_ADDRESSES) return short(packet, Layer.WLAN);
  return Layer.LLC;
}

const isSnap = ({ bytes, end }: Packet, at: number): boolean =>
  at + 3 <= end && bytes[at] === 0xaa && bytes[at + 1] === 0xaa && bytes[at + 2] === 0x03;

/** Each frame of an aggregate begins with destination, source and length (section 9.3.2.2). */
const SUBFRAME_HEADER = 14;
const SUBFRAME_LENGTH_AT = 12;

/** Whether another frame of an aggregate begins at `at`. */
export const hasSubframe = (bytes: Uint8Array, at: number, end: number): boolean =>
  at + SUBFRAME_HEADER < end && u16(bytes, at + SUBFRAME_LENGTH_AT) > 0;

/**
 * Makes `packet` the payload of the frame at `packet.at` of an aggregate. Returns where the next frame
 * begins, which is padded to a multiple of four bytes.
 */
export function subframe(packet: Packet): number {
  const { bytes, at } = packet;
  const length = u16(bytes, at + SUBFRAME_LENGTH_AT);
  packet.at = at + SUBFRAME_HEADER;
  packet.wireEnd = Math.min(packet.wireEnd, packet.at + length);
  packet.end = Math.min(packet.end, packet.at + length);
  return at + ((SUBFRAME_HEADER + length + 3) & ~3);
}

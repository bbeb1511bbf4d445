// Makes a batch of packets as the kernel wrote them to a ring's block: each behind its struct tpacket3_hdr.

import type { DumpSpace } from "../../ffi/dump_space.ts";
import type { Batch } from "./batch.ts";

/** struct tpacket3_hdr, where each packet begins; its Ethernet header is `ethernet` bytes further on. */
const HEADER = {
  seconds: 4,
  nanoseconds: 8,
  captured: 12,
  length: 16,
  status: 20,
  ethernet: 24,
  tag: 32,
  tagType: 36,
  size: 48,
} as const;
/** Packets begin at multiples of this, from the first on. */
const ALIGNMENT = 8;

/** TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID */
const HAS_TAG = 0x10;
const HAS_TAG_TYPE = 0x40;
const VLAN = 0x8100;
/** The tag is behind two addresses. */
const ADDRESSES_BYTES = 12;
const TAG_BYTES = 4;

/**
 * Fills `batch` with the `count` packets of interface `index` that were copied into `space` at `at`, each
 * with at most `snaplen` bytes. Returns where the last one ends.
 */
export function readFrames(
  space: Pick<DumpSpace, "bytes" | "view">,
  at: number,
  count: number,
  index: number,
  batch: Batch,
  snaplen: number,
): number {
  const view = space.view;
  const end = view.byteLength;
  batch.bytes = space.bytes;
  let i = 0;
  for (; i < count && at + HEADER.size <= end; i++) {
    const captured = view.getUint32(at + HEADER.captured, true);
    const begin = at + view.getUint16(at + HEADER.ethernet, true);
    if (captured > end - begin) break;
    batch.offset[i] = begin;
    batch.captured[i] = captured;
    batch.length[i] = view.getUint32(at + HEADER.length, true);
    batch.time[i] = frameTime(view, at);
    batch.interface[i] = index;
    const status = view.getUint32(at + HEADER.status, true);
    if ((status & HAS_TAG) !== 0) putTagBack(view, at, batch, i, snaplen);
    at += begin - at + captured + ALIGNMENT - 1 & -ALIGNMENT;
  }
  batch.count = i;
  return at;
}

/** When the packet at `at` was captured, microseconds since 1970. */
export function frameTime(view: DataView, at: number): number {
  return view.getUint32(at + HEADER.seconds, true) * 1e6 +
    Math.floor(view.getUint32(at + HEADER.nanoseconds, true) / 1000);
}

/** The kernel takes the VLAN tag out of packet `i`. In front of the packet there is room for it. */
function putTagBack(view: DataView, at: number, batch: Batch, i: number, snaplen: number): void {
  const begin = batch.offset[i]! - TAG_BYTES;
  if (batch.captured[i]! < ADDRESSES_BYTES || begin < at + HEADER.size) return;
  const hasType = (view.getUint32(at + HEADER.status, true) & HAS_TAG_TYPE) !== 0;
  const tag = view.getUint32(at + HEADER.tag, true);
  const type = hasType ? view.getUint16(at + HEADER.tagType, true) : VLAN;
  batch.bytes.copyWithin(begin, begin + TAG_BYTES, begin + TAG_BYTES + ADDRESSES_BYTES);
  view.setUint16(begin + ADDRESSES_BYTES, type);
  view.setUint16(begin + ADDRESSES_BYTES + 2, tag);
  batch.offset[i] = begin;
  batch.captured[i] = Math.min(batch.captured[i]! + TAG_BYTES, snaplen);
  batch.length[i]! += TAG_BYTES;
}

// IP packets put together from their fragments: IPv4 (RFC 791 section 3.2) and IPv6 (RFC 8200 section
// 4.5). Overlapping fragments of IPv6 drop the packet (RFC 5722); of IPv4 the first bytes win.

import { IPV4_MAPPED } from "../address.ts";
import type { Packet } from "../decode/packet.ts";

const MAX_PACKET = 65535;
/** Packets under way. RFC 8200 asks for 60 s of patience; what does not come in 30 s will not come. */
const MAX_PACKETS = 512;
const TIMEOUT = 30_000_000;
const MAX_PARTS = 128;

interface Part {
  readonly from: number;
  readonly to: number;
}

interface Partial {
  readonly time: number;
  /** As the first fragment says: those of the others may differ (RFC 8200 section 4.5). */
  next: number;
  /** Of all fragments, so that the whole packet is charged. */
  wireLength: number;
  bytes: Uint8Array;
  /** Known once the last fragment has come. */
  length: number;
  parts: Part[];
  broken: boolean;
}

export class Fragments {
  readonly #packets = new Map<string, Partial>();
  /** Packets of which not all came, or whose fragments contradict each other. */
  lost = 0;

  /**
   * Adds the fragment in `packet`. True when it completes a packet: `packet` then has its payload,
   * as if it had come in one piece.
   */
  add(packet: Packet): boolean {
    // What the capture cut off never comes, but headers are at the beginning.
    if (packet.fragmentOffset === 0 && packet.end < packet.wireEnd) return true;
    this.#forgetOld(packet.time);
    const key = keyOf(packet);
    const partial = this.#packets.get(key) ?? this.#begin(key, packet);
    partial.wireLength += packet.wireLength;
    if (!place(partial, packet)) partial.broken = true;
    if (partial.broken || !isComplete(partial)) return false;
    this.#packets.delete(key);
    packet.bytes = partial.bytes;
    packet.at = 0;
    packet.end = packet.wireEnd = partial.length;
    packet.next = partial.next;
    packet.wireLength = partial.wireLength;
    return true;
  }

  #begin(key: string, packet: Packet): Partial {
    if (this.#packets.size >= MAX_PACKETS) this.#drop(this.#packets.keys().next().value!);
    const partial: Partial = {
      time: packet.time,
      next: packet.next,
      wireLength: 0,
      bytes: new Uint8Array(4096),
      length: -1,
      parts: [],
      broken: false,
    };
    this.#packets.set(key, partial);
    return partial;
  }

  /** The oldest come first in a Map. */
  #forgetOld(time: number): void {
    for (const [key, partial] of this.#packets) {
      if (time - partial.time < TIMEOUT) return;
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    this.#packets.delete(key);
    this.lost++;
  }
}

/** Fragments are rare enough for a key of text. */
function keyOf(packet: Packet): string {
  const { src0, src1, src2, src3, dst0, dst1, dst2, dst3, fragmentId, next } = packet;
  const protocol = isIpv4(packet) ? next : 0;
  return `${src0},${src1},${src2},${src3},${dst0},${dst1},${dst2},${dst3},${fragmentId},${protocol}`;
}

const isIpv4 = ({ src0, src1, src2 }: Packet): boolean =>
  src0 === 0 && src1 === 0 && src2 === IPV4_MAPPED;

/** Copies a fragment to its place; false where it can't be right. */
function place(partial: Partial, packet: Packet): boolean {
  const from = packet.fragmentOffset;
  const to = from + packet.wireEnd - packet.at;
  // What the capture cut off is missing for good.
  if (packet.end < packet.wireEnd || to > MAX_PACKET || to < from) return false;
  if (!packet.moreFragments) {
    if (partial.length >= 0 && partial.length !== to) return false;
    partial.length = to;
    if (partial.parts.some((part) => part.to > to)) return false;
  }
  if (partial.length >= 0 && to > partial.length) return false;
  if (partial.parts.some((part) => part.from === from && part.to === to)) return true;
  if (partial.parts.length >= MAX_PARTS) return false;
  const overlaps = partial.parts.some((part) => from < part.to && part.from < to);
  if (overlaps && !isIpv4(packet)) return false;
  if (from === 0) partial.next = packet.next;
  reserve(partial, to);
  copyNew(partial, packet, from, to);
  partial.parts.push({ from, to });
  partial.parts.sort((a, b) => a.from - b.from);
  return true;
}

function reserve(partial: Partial, length: number): void {
  if (partial.bytes.length >= length) return;
  const grown = new Uint8Array(Math.min(MAX_PACKET, Math.max(length, partial.bytes.length * 2)));
  grown.set(partial.bytes);
  partial.bytes = grown;
}

/** Copies what no earlier fragment has brought. */
function copyNew(partial: Partial, packet: Packet, from: number, to: number): void {
  let at = from;
  const copy = (until: number) => {
    const source = packet.at + at - from;
    if (until > at) partial.bytes.set(packet.bytes.subarray(source, source + until - at), at);
  };
  for (const part of partial.parts) {
    if (part.to <= at) continue;
    if (part.from >= to) break;
    copy(Math.min(part.from, to));
    at = Math.max(at, Math.min(part.to, to));
  }
  copy(to);
}

function isComplete(partial: Partial): boolean {
  if (partial.length < 0) return false;
  let reached = 0;
  for (const part of partial.parts) {
    if (part.from > reached) return false;
    reached = Math.max(reached, part.to);
  }
  return reached >= partial.length;
}

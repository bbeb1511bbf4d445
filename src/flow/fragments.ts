// Reassembly of IP packets from fragments: IPv4 (RFC 791 section 3.2) and IPv6 (RFC 8200 section 4.5).
// If fragments overlap, an IPv6 packet is dropped (RFC 5722); of IPv4 the bytes that came first count.

import { IPV4_MAPPED } from "../address.ts";
import type { Packet } from "../decode/packet.ts";

const MAX_PACKET = 65535;
/** Incomplete packets that are kept; beyond it the oldest is dropped and counted as lost. */
const MAX_PACKETS = 512;
/** Microseconds until an incomplete packet is dropped: half of what RFC 8200 asks of receivers. */
const TIMEOUT = 30_000_000;
/** Fragments of one packet; with more, it is dropped. */
const MAX_PIECES = 128;

interface Piece {
  readonly from: number;
  readonly to: number;
}

interface PartialPacket {
  readonly time: number;
  /** The protocol, from the first fragment; that of the others may differ (RFC 8200 section 4.5). */
  next: number;
  /** The sum of all fragments. */
  wireLength: number;
  bytes: Uint8Array;
  /** Of the payload; -1 until the last fragment has come. */
  length: number;
  pieces: Piece[];
  broken: boolean;
}

export class Fragments {
  readonly #packets = new Map<string, PartialPacket>();
  /** Packets of which a fragment is missing, or whose fragments contradict each other. */
  lost = 0;

  /**
   * Adds the fragment in `packet`. True if it completes a packet: `packet` then has the whole
   * payload, as if it had never been fragmented.
   */
  add(packet: Packet): boolean {
    // Cut off by the capture's snaplen, it can never be complete; its headers can be read all the same.
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

  #begin(key: string, packet: Packet): PartialPacket {
    if (this.#packets.size >= MAX_PACKETS) this.#drop(this.#packets.keys().next().value!);
    const partial: PartialPacket = {
      time: packet.time,
      next: packet.next,
      wireLength: 0,
      bytes: new Uint8Array(4096),
      length: -1,
      pieces: [],
      broken: false,
    };
    this.#packets.set(key, partial);
    return partial;
  }

  /** A Map is in the order of insertion: the oldest packet comes first. */
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

/** A string: fragments are rare enough. */
function keyOf(packet: Packet): string {
  const { src0, src1, src2, src3, dst0, dst1, dst2, dst3, fragmentId, next } = packet;
  const protocol = isIpv4(packet) ? next : 0;
  return `${src0},${src1},${src2},${src3},${dst0},${dst1},${dst2},${dst3},${fragmentId},${protocol}`;
}

const isIpv4 = ({ src0, src1, src2 }: Packet): boolean =>
  src0 === 0 && src1 === 0 && src2 === IPV4_MAPPED;

/** Copies a fragment to its place; false if it contradicts the others or was cut off. */
function place(partial: PartialPacket, packet: Packet): boolean {
  const from = packet.fragmentOffset;
  const to = from + packet.wireEnd - packet.at;
  if (packet.end < packet.wireEnd || to > MAX_PACKET || to < from) return false;
  if (!packet.moreFragments) {
    if (partial.length >= 0 && partial.length !== to) return false;
    partial.length = to;
    if (partial.pieces.some((piece) => piece.to > to)) return false;
  }
  if (partial.length >= 0 && to > partial.length) return false;
  if (partial.pieces.some((piece) => piece.from === from && piece.to === to)) return true;
  if (partial.pieces.length >= MAX_PIECES) return false;
  const overlaps = partial.pieces.some((piece) => from < piece.to && piece.from < to);
  if (overlaps && !isIpv4(packet)) return false;
  if (from === 0) partial.next = packet.next;
  reserve(partial, to);
  copyNew(partial, packet, from, to);
  partial.pieces.push({ from, to });
  partial.pieces.sort((a, b) => a.from - b.from);
  return true;
}

function reserve(partial: PartialPacket, length: number): void {
  if (partial.bytes.length >= length) return;
  const grown = new Uint8Array(Math.min(MAX_PACKET, Math.max(length, partial.bytes.length * 2)));
  grown.set(partial.bytes);
  partial.bytes = grown;
}

/** Copies the bytes that no earlier fragment has brought. */
function copyNew(partial: PartialPacket, packet: Packet, from: number, to: number): void {
  let at = from;
  const copy = (until: number) => {
    const source = packet.at + at - from;
    if (until > at) partial.bytes.set(packet.bytes.subarray(source, source + until - at), at);
  };
  for (const piece of partial.pieces) {
    if (piece.to <= at) continue;
    if (piece.from >= to) break;
    copy(Math.min(piece.from, to));
    at = Math.max(at, Math.min(piece.to, to));
  }
  copy(to);
}

function isComplete(partial: PartialPacket): boolean {
  if (partial.length < 0) return false;
  let reached = 0;
  for (const piece of partial.pieces) {
    if (piece.from > reached) return false;
    reached = Math.max(reached, piece.to);
  }
  return reached >= partial.length;
}

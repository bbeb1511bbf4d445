// Joins IP packets from their fragments: IPv4 (RFC 791 section 3.2) and IPv6 (RFC 8200 section 4.5). If
// fragments of IPv6 overlap, the packet is dropped (RFC 5722); of IPv4 the bytes that came first count.

import { IPV4_MAPPED } from "../address.ts";
import type { Packet } from "../decode/packet.ts";
import { HOLDER_INDEX, type MemoryLedger } from "../memory_ledger.ts";
import { mix, randomSeed } from "./hashing.ts";

const MAX_PACKET = 65535;
/** Incomplete packets that are kept; if there are more, the oldest is given up. */
const MAX_PACKETS = 512;
/** RFC 8200 allows 60 s; what has not come within 30 s will not come. Microseconds. */
const TIMEOUT = 30_000_000;
const MAX_PIECES = 128;
/** Bytes of memory that an incomplete packet, and each piece of it, take beside the payload. */
const PARTIAL_BYTES = 300;
const PIECE_BYTES = 220;

/** Bytes of the packet that no other piece has. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** A packet of which not all fragments have come. */
class PartialPacket {
  readonly time: number;
  /** Source, destination, identification and, for IPv4, protocol. */
  readonly key: Int32Array;
  /** As the first fragment says: those of the others may differ (RFC 8200 section 4.5). */
  next: number;
  /** Of all fragments, so that the whole packet is charged. */
  wireLength = 0;
  /** -1 until the last fragment has come. */
  length = -1;
  /** In order, without overlaps. */
  readonly pieces: Piece[] = [];
  /** Bytes that have come. */
  filled = 0;
  isBroken = false;

  constructor(packet: Packet) {
    this.time = packet.time;
    this.next = packet.next;
    this.key = key.slice();
  }

  get held(): number {
    return PARTIAL_BYTES + this.pieces.length * PIECE_BYTES + this.filled;
  }

  /** Takes a fragment; false if it contradicts those before it. */
  place(packet: Packet): boolean {
    const from = packet.fragmentOffset;
    const to = from + packet.wireEnd - packet.at;
    // What the capture cut off is missing for good.
    if (packet.end < packet.wireEnd || to > MAX_PACKET || to < from) return false;
    if (!packet.moreFragments && !this.#end(to)) return false;
    if (this.length >= 0 && to > this.length) return false;
    if (this.pieces.some((piece) => piece.from === from && piece.to === to)) return true;
    if (!isIpv4(packet) && this.pieces.some((piece) => from < piece.to && piece.from < to)) {
      return false;
    }
    if (from === 0) this.next = packet.next;
    return this.#fill(packet, from, to);
  }

  /** Takes the packet's length; false if it contradicts what came. */
  #end(length: number): boolean {
    if (this.length >= 0 && this.length !== length) return false;
    this.length = length;
    return !this.pieces.some((piece) => piece.to > length);
  }

  /** Keeps the bytes that no earlier fragment has brought. */
  #fill(packet: Packet, from: number, to: number): boolean {
    let at = from;
    let index = 0;
    while (at < to) {
      while (index < this.pieces.length && this.pieces[index]!.to <= at) index++;
      const piece = this.pieces[index];
      if (piece !== undefined && piece.from <= at) {
        at = piece.to;
        continue;
      }
      if (this.pieces.length >= MAX_PIECES) return false;
      const end = Math.min(to, piece?.from ?? to);
      const source = packet.at + at - from;
      this.pieces.splice(index, 0, {
        from: at,
        to: end,
        bytes: packet.bytes.slice(source, source + end - at),
      });
      this.filled += end - at;
      at = end;
    }
    return true;
  }

  get isComplete(): boolean {
    return this.length >= 0 && this.filled === this.length;
  }

  /** The payload of the whole packet. */
  joined(): Uint8Array {
    const bytes = new Uint8Array(this.length);
    for (const piece of this.pieces) bytes.set(piece.bytes, piece.from);
    return bytes;
  }
}

/** The key of the packet at hand. */
const key = new Int32Array(10);

export class Fragments {
  /** By the hash of their key, oldest first. */
  readonly #packets = new Map<number, PartialPacket>();
  readonly #ledger: MemoryLedger;
  readonly #seed: number;
  /** Packets of which a fragment is missing, or whose fragments contradict each other. */
  lost = 0;

  constructor(ledger: MemoryLedger, seed = randomSeed()) {
    this.#ledger = ledger;
    this.#seed = seed;
  }

  /**
   * Adds the fragment in `packet`. True if it completes a packet: `packet` then has its payload, as if it
   * had come in one piece.
   */
  add(packet: Packet): boolean {
    // What the capture cut off never comes, but headers are at the beginning.
    if (packet.fragmentOffset === 0 && packet.end < packet.wireEnd) return true;
    this.#forgetOld(packet.time);
    fillKey(packet);
    const hash = hashOf(this.#seed);
    const partial = this.#find(hash) ?? this.#begin(hash, packet);
    partial.wireLength += packet.wireLength;
    if (partial.isBroken) return false;
    const before = partial.held;
    if (!partial.place(packet)) partial.isBroken = true;
    this.#charge(partial.held - before);
    if (partial.isBroken || !partial.isComplete) return false;
    this.#remove(hash, partial);
    packet.bytes = partial.joined();
    packet.at = 0;
    packet.end = packet.wireEnd = partial.length;
    packet.next = partial.next;
    packet.wireLength = partial.wireLength;
    return true;
  }

  #find(hash: number): PartialPacket | null {
    const found = this.#packets.get(hash);
    if (found === undefined) return null;
    if (found.key.every((word, i) => word === key[i])) return found;
    // Another packet whose hash is the same: there is room for one of them.
    this.#drop(hash, found);
    return null;
  }

  #begin(hash: number, packet: Packet): PartialPacket {
    if (this.#packets.size >= MAX_PACKETS) {
      const [oldest, partial] = this.#packets.entries().next().value!;
      this.#drop(oldest, partial);
      this.#ledger.countEvicted("fragments", "full");
    }
    const partial = new PartialPacket(packet);
    this.#packets.set(hash, partial);
    this.#charge(partial.held);
    return partial;
  }

  /** The oldest come first in a Map. */
  #forgetOld(time: number): void {
    for (const [hash, partial] of this.#packets) {
      if (time - partial.time < TIMEOUT) return;
      this.#drop(hash, partial);
    }
  }

  #drop(hash: number, partial: PartialPacket): void {
    this.#remove(hash, partial);
    this.lost++;
  }

  #remove(hash: number, partial: PartialPacket): void {
    this.#packets.delete(hash);
    this.#charge(-partial.held);
  }

  #charge(bytes: number): void {
    this.#ledger.charge(HOLDER_INDEX.fragments, bytes);
  }

  /** No more will come: gives up all packets that are not complete. */
  clear(): void {
    for (const [hash, partial] of this.#packets) this.#drop(hash, partial);
  }
}

function fillKey(packet: Packet): void {
  key[0] = packet.src0;
  key[1] = packet.src1;
  key[2] = packet.src2;
  key[3] = packet.src3;
  key[4] = packet.dst0;
  key[5] = packet.dst1;
  key[6] = packet.dst2;
  key[7] = packet.dst3;
  key[8] = packet.fragmentId;
  key[9] = isIpv4(packet) ? packet.next : 0;
}

const hashOf = (seed: number): number => key.reduce((hash, word) => mix(hash ^ word), seed);

const isIpv4 = ({ src0, src1, src2 }: Packet): boolean =>
  src0 === 0 && src1 === 0 && src2 === IPV4_MAPPED;

// Reassembly of frames from fragments: those of 802.11 (IEEE 802.11 section 10.5) and the packets of
// Multilink PPP (RFC 1990 section 4). Their fragments have consecutive numbers.

import type { Packet } from "../decode/packet.ts";
import { HOLDER_INDEX, type MemoryLedger } from "../memory_ledger.ts";
import { MULTILINK_SHORT_HEADER } from "../decode/serial.ts";

/** Fragments of incomplete frames, and their bytes; beyond it the oldest are dropped, see `lost`. */
const MAX_FRAGMENTS = 1024;
const MAX_BYTES = 2 << 20;
/** Bytes of memory that a fragment takes, beside its own. */
const FRAGMENT_BYTES = 350;
/** Microseconds until a fragment is dropped; retransmissions take milliseconds, lines differ by less. */
const TIMEOUT = 2_000_000;
/** Fragments of one frame, more than 802.11 allows; frames with more are not joined. */
const MAX_OF_ONE = 32;

/** The frame's number has 12 bits, the fragment's number in the frame 4. */
const WLAN_NUMBERS = 1 << 16;
const SHORT_NUMBERS = 1 << 12;
const LONG_NUMBERS = 1 << 24;

interface Fragment {
  readonly bytes: Uint8Array;
  readonly time: number;
  readonly wireLength: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /**
   * Fragments that follow each other make a run. Of its first and its last fragment: the number at the other
   * end. So a new fragment finds in few steps whether a frame is complete.
   */
  otherEnd: number;
}

export class FrameFragments {
  /** By sender and number. */
  readonly #waiting = new Map<string, Fragment>();
  readonly #ledger: MemoryLedger;
  #bytes = 0;
  /** Frames whose first fragment came, but not all others. */
  lost = 0;

  constructor(ledger: MemoryLedger) {
    this.#ledger = ledger;
  }

  /** Adds a WLAN_FRAGMENT. True if it completes a frame: `packet` then has the whole of it. */
  addWlan(packet: Packet): boolean {
    const { src0, src1, src2, dst0, dst1, fragmentId, fragmentOffset } = packet;
    const sender = `${src0},${src1},${src2},${dst0},${dst1}`;
    const number = fragmentId * 16 + fragmentOffset;
    return this.#add(packet, sender, number, WLAN_NUMBERS, fragmentOffset === 0);
  }

  /** The same for a PPP_FRAGMENT. */
  addPpp(packet: Packet): boolean {
    const { src0, src1, src2, next, fragmentId, fragmentOffset } = packet;
    const numbers = next === MULTILINK_SHORT_HEADER ? SHORT_NUMBERS : LONG_NUMBERS;
    return this.#add(packet, `${src0},${src1},${src2}`, fragmentId, numbers, fragmentOffset === 0);
  }

  /** `number` is the fragment's, modulo `numbers`. */
  #add(packet: Packet, from: string, number: number, numbers: number, isFirst: boolean): boolean {
    const key = `${from},${number}`;
    // Cut off by the snaplen, or a retransmission of a fragment that is kept.
    if (packet.end < packet.wireEnd || this.#waiting.has(key)) return false;
    const bytes = packet.bytes.slice(packet.at, packet.end);
    const { time, wireLength } = packet;
    const isLast = !packet.moreFragments;
    const fragment = { bytes, time, wireLength, isFirst, isLast, otherEnd: number };
    this.#waiting.set(key, fragment);
    this.#bytes += bytes.length;
    this.#ledger.charge(HOLDER_INDEX.fragments, FRAGMENT_BYTES + bytes.length);
    this.#makeRoom(time);
    const first = this.#firstOfRun(from, number, numbers, fragment);
    const keys = first < 0 ? null : this.#frame(from, first, numbers);
    if (keys === null) return false;
    this.#join(packet, keys);
    return true;
  }

  /** Joins a fragment to the runs beside it. Returns the number of the first if they make a frame, else -1. */
  #firstOfRun(from: string, number: number, numbers: number, fragment: Fragment): number {
    const before = this.#waiting.get(`${from},${(number + numbers - 1) % numbers}`);
    const after = this.#waiting.get(`${from},${(number + 1) % numbers}`);
    const hasBefore = before !== undefined && !before.isLast && !fragment.isFirst;
    const hasAfter = after !== undefined && !after.isFirst && !fragment.isLast;
    const first = hasBefore ? before.otherEnd : number;
    const last = hasAfter ? after.otherEnd : number;
    const firstOne = this.#waiting.get(`${from},${first}`);
    const lastOne = this.#waiting.get(`${from},${last}`);
    // One end may have been dropped.
    if (firstOne === undefined || lastOne === undefined) return -1;
    firstOne.otherEnd = last;
    lastOne.otherEnd = first;
    const count = (last - first + numbers) % numbers + 1;
    return firstOne.isFirst && lastOne.isLast && count <= MAX_OF_ONE ? first : -1;
  }

  /** The keys of all fragments of the frame that begins with number `first`; null if some are missing. */
  #frame(from: string, first: number, numbers: number): string[] | null {
    const keys: string[] = [];
    for (let next = first; keys.length < MAX_OF_ONE; next = (next + 1) % numbers) {
      const key = `${from},${next}`;
      const fragment = this.#waiting.get(key);
      if (fragment === undefined) return null;
      keys.push(key);
      if (fragment.isLast) return keys;
    }
    return null;
  }

  #join(packet: Packet, keys: readonly string[]): void {
    const fragments = keys.map((key) => this.#waiting.get(key)!);
    const whole = new Uint8Array(fragments.reduce((sum, { bytes }) => sum + bytes.length, 0));
    packet.wireLength = 0;
    let at = 0;
    for (const { bytes, wireLength } of fragments) {
      whole.set(bytes, at);
      at += bytes.length;
      packet.wireLength += wireLength;
    }
    for (const key of keys) this.#remove(key);
    packet.bytes = whole;
    packet.at = 0;
    packet.end = packet.wireEnd = at;
  }

  /**
   * Drops the oldest fragments (a Map is in the order of insertion) while they are too old or too
   * many.
   */
  #makeRoom(now: number): void {
    for (const [key, { time, isFirst }] of this.#waiting) {
      const isFull = this.#waiting.size > MAX_FRAGMENTS || this.#bytes > MAX_BYTES;
      if (!isFull && now - time < TIMEOUT) return;
      if (isFull) this.#ledger.countEvicted("fragments", "full");
      this.#drop(key, isFirst);
    }
  }

  #drop(key: string, isFirst: boolean): void {
    if (isFirst) this.lost++;
    this.#remove(key);
  }

  #remove(key: string): void {
    const { length } = this.#waiting.get(key)!.bytes;
    this.#bytes -= length;
    this.#ledger.charge(HOLDER_INDEX.fragments, -FRAGMENT_BYTES - length);
    this.#waiting.delete(key);
  }

  /** No more will come: gives up all frames that are not complete. */
  clear(): void {
    for (const [key, { isFirst }] of this.#waiting) this.#drop(key, isFirst);
  }
}

// All flows, in typed arrays: a record of 128 bytes each, found through a hash table with open
// addressing. Both directions of a flow meet in the same record, because the hash is symmetric.
// Nothing here knows what a flow is for.

import type { Packet } from "../decode/packet.ts";

/** More flows at once than this, and the longest silent ones give way: about 150 MB of records. */
export const MAX_FLOWS = 1 << 20;
const MIN_CAPACITY = 1 << 11;
/**
 * A table that is full is followed by one of so many times its size: pages take no memory before they
 * are written to, and records are seldom copied.
 */
const GROWTH = 8;
/** Memory is given back when the flows are fewer than this part of the records that were in use. */
const SPARSE = 1 / 8;

/** int32 fields of a record: index into `words` at `flow * WORDS`. */
export const WORDS = 32;
/** The endpoint that sent the flow's first packet, then the other. */
const ADDRESS_A = 0;
const ADDRESS_B = 4;
const PORTS = 8;
export const FLAGS = 9;
/** Next sequence number expected from A; from B in the next word. */
export const NEXT_SEQUENCE = 10;
/** Highest acknowledgement of A's bytes; of B's in the next word. */
export const ACKNOWLEDGED = 12;
const HASH = 14;
/** A free record's link to the next free one. */
const NEXT_FREE = 15;

/** float64 fields: index into `numbers` at `flow * NUMBERS`. */
export const NUMBERS = 16;
export const LAST_TIME = 8;
/** When the SYN came, and the microseconds until its SYN/ACK; 0 where not seen. */
export const SYN_TIME = 9;
export const CONNECT_TIME = 10;
/** Bytes of A still to be passed over; of B in the next. */
export const SKIP = 11;
/** Bytes on the wire from A that nobody is charged for yet; from B in the next. */
export const UNCHARGED = 13;

/** Bits of FLAGS. The table's own: */
const LIVE = 1 << 0;
const IS_UDP = 1 << 1;

const NONE = -1;

export class FlowTable {
  words = new Int32Array(MIN_CAPACITY * WORDS);
  numbers = new Float64Array(this.words.buffer);
  /** How many flows there are. */
  count = 0;
  /** Whether the packet that was last found, or added, was sent by endpoint B: 0 or 1. */
  fromB = 0;

  #capacity = MIN_CAPACITY;
  /** Pairs of hash and flow + 1; 0 for an empty slot. The first `#mask + 1` are in use. */
  #slots = new Int32Array(MIN_CAPACITY * 4);
  #mask = MIN_CAPACITY * 2 - 1;
  #used = 0;
  #free = NONE;
  #hand = 0;
  /** Keeps strangers from choosing which flows collide. */
  readonly #seed = crypto.getRandomValues(new Int32Array(1))[0]!;
  readonly #resized: (capacity: number, moved: Int32Array | null) => void;

  /**
   * `resized` is told when records have moved: `moved` maps old numbers to new ones (-1 for free
   * ones), null where all keep theirs.
   */
  constructor(resized: (capacity: number, moved: Int32Array | null) => void) {
    this.#resized = resized;
    resized(MIN_CAPACITY, null);
  }

  get capacity(): number {
    return this.#capacity;
  }

  isLive(flow: number): boolean {
    return (this.words[flow * WORDS + FLAGS]! & LIVE) !== 0;
  }

  isUdp(flow: number): boolean {
    return (this.words[flow * WORDS + FLAGS]! & IS_UDP) !== 0;
  }

  /**
   * The flow that `packet` belongs to, -1 where there is none; `fromB` then tells who sent it.
   * `isUdp` is IS_UDP's meaning.
   */
  find(packet: Packet, isUdp: boolean, hash: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    for (let slot = hash & mask;; slot = (slot + 1) & mask) {
      const flow = slots[slot * 2 + 1]!;
      if (flow === 0) return NONE;
      if (slots[slot * 2] === hash && this.#matches(flow - 1, packet, isUdp)) return flow - 1;
    }
  }

  #matches(flow: number, packet: Packet, isUdp: boolean): boolean {
    const { words } = this;
    const at = flow * WORDS;
    if (((words[at + FLAGS]! & IS_UDP) !== 0) !== isUdp) return false;
    const ports = words[at + PORTS]!;
    if (
      ports === ((packet.srcPort << 16) | packet.dstPort) &&
      isSource(words, at + ADDRESS_A, packet) && isDestination(words, at + ADDRESS_B, packet)
    ) {
      this.fromB = 0;
      return true;
    }
    this.fromB = 1;
    return ports === ((packet.dstPort << 16) | packet.srcPort) &&
      isSource(words, at + ADDRESS_B, packet) && isDestination(words, at + ADDRESS_A, packet);
  }

  /** The same for both directions of a flow. */
  hash(packet: Packet, isUdp: boolean): number {
    const seed = this.#seed;
    const source = endpointHash(
      packet.src0,
      packet.src1,
      packet.src2,
      packet.src3,
      packet.srcPort,
      seed,
    );
    const destination = endpointHash(
      packet.dst0,
      packet.dst1,
      packet.dst2,
      packet.dst3,
      packet.dstPort,
      seed,
    );
    const sum = (source + destination + (isUdp ? 0x9e3779b9 : 0)) | 0;
    const mixed = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d);
    return mixed ^ (mixed >>> 13);
  }

  /** Adds a flow whose first packet is `packet`; its sender becomes A. There must be room. */
  add(packet: Packet, isUdp: boolean, hash: number): number {
    const flow = this.#allocate();
    const { words } = this;
    const at = flow * WORDS;
    words.fill(0, at, at + WORDS);
    words[at + ADDRESS_A] = packet.src0;
    words[at + ADDRESS_A + 1] = packet.src1;
    words[at + ADDRESS_A + 2] = packet.src2;
    words[at + ADDRESS_A + 3] = packet.src3;
    words[at + ADDRESS_B] = packet.dst0;
    words[at + ADDRESS_B + 1] = packet.dst1;
    words[at + ADDRESS_B + 2] = packet.dst2;
    words[at + ADDRESS_B + 3] = packet.dst3;
    words[at + PORTS] = (packet.srcPort << 16) | packet.dstPort;
    words[at + FLAGS] = isUdp ? LIVE | IS_UDP : LIVE;
    words[at + HASH] = hash;
    this.#insert(flow, hash);
    this.count++;
    if (this.count * 2 > this.#mask + 1) this.#rehash();
    this.fromB = 0;
    return flow;
  }

  get isFull(): boolean {
    return this.count >= MAX_FLOWS;
  }

  remove(flow: number): void {
    const { words } = this;
    const at = flow * WORDS;
    this.#deleteSlot(flow, words[at + HASH]!);
    words[at + FLAGS] = 0;
    words[at + NEXT_FREE] = this.#free;
    this.#free = flow;
    this.count--;
  }

  /** Of a few flows at the hand, which moves on: the one that was silent longest; -1 for none. */
  oldestNearby(): number {
    let oldest = NONE;
    for (let i = 0; i < 16; i++) {
      const flow = this.advance();
      if (!this.isLive(flow)) continue;
      const time = this.numbers[flow * NUMBERS + LAST_TIME]!;
      if (oldest === NONE || time < this.numbers[oldest * NUMBERS + LAST_TIME]!) oldest = flow;
    }
    return oldest;
  }

  /** Moves a hand over all records, round and round. */
  advance(): number {
    if (this.#hand >= this.#used) this.#hand = 0;
    return this.#hand++;
  }

  /** Records in use or once used: what there is to walk over. */
  get used(): number {
    return this.#used;
  }

  /** Gives memory back when few of many flows are left. Tells whether it has. */
  shrinkIfSparse(): boolean {
    if (this.#used <= MIN_CAPACITY || this.count >= this.#used * SPARSE) return false;
    let capacity = MIN_CAPACITY;
    while (capacity < this.count * 2) capacity *= GROWTH;
    this.#shrink(capacity);
    return true;
  }

  /** Copies an endpoint's address (four words) to `into`; returns its port. */
  endpoint(flow: number, isB: boolean, into: Int32Array): number {
    const at = flow * WORDS;
    const from = at + (isB ? ADDRESS_B : ADDRESS_A);
    for (let i = 0; i < 4; i++) into[i] = this.words[from + i]!;
    const ports = this.words[at + PORTS]!;
    return isB ? ports & 0xffff : ports >>> 16;
  }

  /** The port of A in the upper half, of B in the lower. */
  ports(flow: number): number {
    return this.words[flow * WORDS + PORTS]!;
  }

  #allocate(): number {
    if (this.#free !== NONE) {
      const flow = this.#free;
      this.#free = this.words[flow * WORDS + NEXT_FREE]!;
      return flow;
    }
    if (this.#used === this.#capacity) this.#grow();
    return this.#used++;
  }

  /** Makes room. No record is free then, so that all keep their places. */
  #grow(): void {
    const words = new Int32Array(this.#capacity * GROWTH * WORDS);
    words.set(this.words);
    this.#replace(words, this.#capacity * GROWTH);
    this.#resized(this.#capacity, null);
  }

  #shrink(capacity: number): void {
    const old = this.words;
    const used = this.#used;
    const moved = new Int32Array(used).fill(NONE);
    const words = new Int32Array(capacity * WORDS);
    let next = 0;
    for (let flow = 0; flow < used; flow++) {
      const at = flow * WORDS;
      if ((old[at + FLAGS]! & LIVE) === 0) continue;
      words.set(old.subarray(at, at + WORDS), next * WORDS);
      moved[flow] = next++;
    }
    this.#used = next;
    this.#free = NONE;
    this.#hand = 0;
    this.#replace(words, capacity);
    this.#resized(capacity, moved);
  }

  #replace(words: Int32Array<ArrayBuffer>, capacity: number): void {
    this.words = words;
    this.numbers = new Float64Array(words.buffer);
    this.#capacity = capacity;
    this.#slots = new Int32Array(capacity * 4);
    this.#mask = 0;
    this.#rehash();
  }

  /** Puts all flows into as many slots as they need now. */
  #rehash(): void {
    this.#slots.fill(0, 0, (this.#mask + 1) * 2);
    // Two to four for each flow, so that searches are short.
    let slots = MIN_CAPACITY * 2;
    while (slots < this.count * 4 && slots < this.#capacity * 2) slots *= 2;
    this.#mask = slots - 1;
    for (let flow = 0; flow < this.#used; flow++) {
      if (this.isLive(flow)) this.#insert(flow, this.words[flow * WORDS + HASH]!);
    }
  }

  #insert(flow: number, hash: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = hash & mask;
    while (slots[slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
    slots[slot * 2] = hash;
    slots[slot * 2 + 1] = flow + 1;
  }

  /** Closes the gap by moving back what probing had pushed on (no tombstones to collect). */
  #deleteSlot(flow: number, hash: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let hole = hash & mask;
    while (slots[hole * 2 + 1] !== flow + 1) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; slots[slot * 2 + 1] !== 0; slot = (slot + 1) & mask) {
      const home = slots[slot * 2]! & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[hole * 2] = slots[slot * 2]!;
      slots[hole * 2 + 1] = slots[slot * 2 + 1]!;
      hole = slot;
    }
    slots[hole * 2 + 1] = 0;
  }
}

function endpointHash(
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  port: number,
  seed: number,
): number {
  let hash = Math.imul(a3 ^ seed, 0x85ebca6b) + a2;
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35) + a1;
  hash = Math.imul(hash ^ (a0 + port), 0x27d4eb2f);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x165667b1);
}

const isSource = (words: Int32Array, at: number, packet: Packet): boolean =>
  words[at + 3] === packet.src3 && words[at + 2] === packet.src2 &&
  words[at + 1] === packet.src1 && words[at] === packet.src0;

const isDestination = (words: Int32Array, at: number, packet: Packet): boolean =>
  words[at + 3] === packet.dst3 && words[at + 2] === packet.dst2 &&
  words[at + 1] === packet.dst1 && words[at] === packet.dst0;

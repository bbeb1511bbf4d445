// All flows: a record of 128 bytes each, in one typed array; both directions of a flow share a record.
// flow_record.ts shows it; only this file reads and writes it.

import type { Packet } from "../decode/packet.ts";
import type { Side } from "../protocols/analyser.ts";
import {
  ACKNOWLEDGED,
  ADDRESS_A,
  ADDRESS_B,
  CONNECT_TIME,
  Flag,
  FLAGS,
  HASH,
  LAST_TIME,
  NEXT_FREE,
  NEXT_SEQUENCE,
  NUMBERS,
  PORTS,
  SKIP,
  START_TIME,
  TIMESTAMP,
  UNCHARGED,
  WORDS,
} from "./flow_record.ts";
import { flowHash, FlowIndex, isDestination, isSource } from "./flow_index.ts";
import { randomSeed } from "./hashing.ts";

/** The most flows at once; beyond it the longest idle ones are evicted. */
export const MAX_FLOWS = 1 << 20;
/** Bytes of memory that a flow takes: its record, its slots in the index and in lists by flow. */
export const FLOW_BYTES = 190;
const MIN_CAPACITY = 1 << 11;
/**
 * A full table is replaced by one of so many times its size. Its records are then seldom copied, and
 * the system gives memory to an array only where it is written to.
 */
const GROWTH = 8;
/** Memory is given back if the flows are fewer than this part of the records that were in use. */
const SPARSE = 1 / 8;
/** Packets of one interface may be read this much later than those of another, microseconds. */
export const INTERFACE_DELAY = 1_000_000;

const NONE = -1;

/** A flow's number is valid until it is removed, or `moved` called. `fromB`: 1 for B, 0 for A. */
export class FlowTable {
  /** How many flows there are. */
  count = 0;
  /** Records there is memory for. */
  capacity = MIN_CAPACITY;
  /** Who sent the packet that `find` or `add` was last called with: 1 for endpoint B, 0 for A. */
  fromB = 0;

  #words = new Int32Array(MIN_CAPACITY * WORDS);
  #numbers = new Float64Array(this.#words.buffer);
  readonly #index = new FlowIndex();
  #used = 0;
  #free = NONE;
  #hand = 0;
  readonly #seed: number;
  readonly #moved: (to: Int32Array) => void;
  readonly #most: number;

  /**
   * `moved` is called after records got new numbers: `to[old]` is the new one, -1 for a free record. There
   * are at most `most` flows.
   */
  constructor(moved: (to: Int32Array) => void, most = MAX_FLOWS, seed = randomSeed()) {
    this.#moved = moved;
    this.#seed = seed;
    this.#most = Math.max(MIN_CAPACITY, most);
  }

  /** Records in use or once used: flows have the numbers below this. */
  get used(): number {
    return this.#used;
  }

  get isFull(): boolean {
    return this.count >= this.#most;
  }

  /** The same for both directions of a flow. */
  hash(packet: Packet, isUdp: boolean): number {
    return flowHash(packet, isUdp, this.#seed);
  }

  /** The flow that `packet`, whose hash is `hash`, belongs to; -1 if there is none. Sets `fromB`. */
  find(packet: Packet, isUdp: boolean, hash: number): number {
    const index = this.#index;
    for (let slot = index.search(hash, hash); slot >= 0; slot = index.search(hash, slot + 1)) {
      const flow = index.flowAt(slot);
      if (this.#matches(flow, packet, isUdp)) return flow;
    }
    return NONE;
  }

  #matches(flow: number, packet: Packet, isUdp: boolean): boolean {
    if (this.isUdp(flow) !== isUdp) return false;
    const words = this.#words;
    const at = flow * WORDS;
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

  /** Adds a flow whose first packet is `packet`; its sender becomes A. The table must not be full. */
  add(packet: Packet, isUdp: boolean, hash: number): number {
    const flow = this.#allocate();
    const words = this.#words;
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
    words[at + FLAGS] = isUdp ? Flag.LIVE | Flag.UDP : Flag.LIVE;
    words[at + HASH] = hash;
    this.#numbers[flow * NUMBERS + START_TIME] = packet.time;
    this.#index.insert(flow, hash);
    this.count++;
    if (this.#index.isCrowded(this.count)) this.#reindex();
    this.fromB = 0;
    return flow;
  }

  remove(flow: number): void {
    const words = this.#words;
    const at = flow * WORDS;
    this.#index.remove(flow, words[at + HASH]!);
    words[at + FLAGS] = 0;
    words[at + NEXT_FREE] = this.#free;
    this.#free = flow;
    this.count--;
  }

  removeAll(): void {
    this.#used = this.#hand = this.count = 0;
    this.#free = NONE;
    this.#index.clear(0);
  }

  /** Whether any of these flags is set. */
  has(flow: number, flags: number): boolean {
    return (this.#words[flow * WORDS + FLAGS]! & flags) !== 0;
  }

  set(flow: number, flags: number): void {
    this.#words[flow * WORDS + FLAGS]! |= flags;
  }

  clear(flow: number, flags: number): void {
    this.#words[flow * WORDS + FLAGS]! &= ~flags;
  }

  isLive(flow: number): boolean {
    return this.has(flow, Flag.LIVE);
  }

  isUdp(flow: number): boolean {
    return this.has(flow, Flag.UDP);
  }

  /** Whether both sides have sent something. */
  isAnswered(flow: number): boolean {
    if (this.isUdp(flow)) return this.has(flow, Flag.ANSWERED);
    return this.has(flow, Flag.SEQUENCE) && this.has(flow, Flag.SEQUENCE << 1);
  }

  /** Whether both sides have sent data. */
  isConversation(flow: number): boolean {
    if (this.isUdp(flow)) return this.has(flow, Flag.ANSWERED);
    return this.has(flow, Flag.DATA) && this.has(flow, Flag.DATA << 1);
  }

  /** TCP: segments that waited are gone; each stream goes on with whatever comes next. */
  forgetPlace(flow: number): void {
    if (!this.has(flow, Flag.WAITING)) return;
    this.clear(flow, Flag.WAITING | Flag.SEQUENCE | Flag.SEQUENCE << 1);
  }

  /** Which side endpoint B, or A, is: client or server. */
  sideOf(flow: number, fromB: number): Side {
    return (fromB ^ (this.has(flow, Flag.CLIENT_IS_B) ? 1 : 0)) as Side;
  }

  /** Which endpoint `side` is: 1 for B, 0 for A. */
  endpointOf(flow: number, side: Side): number {
    return side ^ (this.has(flow, Flag.CLIENT_IS_B) ? 1 : 0);
  }

  /** Notes that it is known who the client is: endpoint B, or A. */
  setClient(flow: number, isB: number): void {
    this.clear(flow, Flag.CLIENT_IS_B);
    this.set(flow, Flag.CLIENT_KNOWN | (isB === 1 ? Flag.CLIENT_IS_B : 0));
  }

  /** Copies the address of endpoint B, or A, to the four words of `into`. */
  copyAddress(flow: number, isB: number, into: Int32Array): void {
    const from = flow * WORDS + (isB === 1 ? ADDRESS_B : ADDRESS_A);
    for (let i = 0; i < 4; i++) into[i] = this.#words[from + i]!;
  }

  port(flow: number, isB: number): number {
    const ports = this.ports(flow);
    return isB === 1 ? ports & 0xffff : ports >>> 16;
  }

  /** The port of A in the upper half, of B in the lower. */
  ports(flow: number): number {
    return this.#words[flow * WORDS + PORTS]!;
  }

  nextSequence(flow: number, fromB: number): number {
    return this.#words[flow * WORDS + NEXT_SEQUENCE + fromB]!;
  }

  setNextSequence(flow: number, fromB: number, sequence: number): void {
    this.#words[flow * WORDS + NEXT_SEQUENCE + fromB] = sequence;
  }

  /** Expects the sender's next byte `length` bytes later. */
  advance(flow: number, fromB: number, length: number): void {
    const at = flow * WORDS + NEXT_SEQUENCE + fromB;
    this.#words[at] = (this.#words[at]! + length) | 0;
  }

  /** Meaningless until Flag.ACKNOWLEDGED is set. */
  acknowledged(flow: number, fromB: number): number {
    return this.#words[flow * WORDS + ACKNOWLEDGED + fromB]!;
  }

  setAcknowledged(flow: number, fromB: number, sequence: number): void {
    this.#words[flow * WORDS + ACKNOWLEDGED + fromB] = sequence;
    this.set(flow, Flag.ACKNOWLEDGED << fromB);
  }

  /** The sender's own time stamp (RFC 7323) of its newest bytes; 0 if none was noted. */
  timestamp(flow: number, fromB: number): number {
    return this.#words[flow * WORDS + TIMESTAMP + fromB]!;
  }

  setTimestamp(flow: number, fromB: number, timestamp: number): void {
    this.#words[flow * WORDS + TIMESTAMP + fromB] = timestamp;
  }

  /** Moves all times that are known of flows by so many microseconds. */
  moveTimes(by: number): void {
    for (let flow = 0; flow < this.used; flow++) {
      this.#numbers[flow * NUMBERS + LAST_TIME]! += by;
      this.#numbers[flow * NUMBERS + START_TIME]! += by;
    }
  }

  /** When its first SYN was seen, or its first packet if there was none. */
  startTime(flow: number): number {
    return this.#numbers[flow * NUMBERS + START_TIME]!;
  }

  lastTime(flow: number): number {
    return this.#numbers[flow * NUMBERS + LAST_TIME]!;
  }

  /**
   * Notes when the flow's last packet came, which is not always the newest: interfaces are read one after
   * the other. Takes the packet, as V8 may box a time as an argument.
   */
  touch(flow: number, packet: Packet): void {
    const at = flow * NUMBERS + LAST_TIME;
    const lateness = this.#numbers[at]! - packet.time;
    if (lateness < 0 || lateness > INTERFACE_DELAY) this.#numbers[at] = packet.time;
  }

  /** Notes the time of a SYN; of the first one, if it is sent again. */
  noteSyn(flow: number, packet: Packet): void {
    if (this.has(flow, Flag.SYN)) return;
    this.set(flow, Flag.SYN);
    this.#numbers[flow * NUMBERS + START_TIME] = packet.time;
  }

  /** The same for the SYN/ACK that answers it. */
  noteSynAck(flow: number, packet: Packet): void {
    const numbers = this.#numbers;
    const at = flow * NUMBERS;
    if (!this.has(flow, Flag.SYN) || numbers[at + CONNECT_TIME] !== 0) return;
    // Captures may show both at once; 0 would say that it is not known.
    numbers[at + CONNECT_TIME] = Math.max(packet.time - numbers[at + START_TIME]!, 0.001);
  }

  /** When the first SYN was seen; 0 if it was not. */
  synTime(flow: number): number {
    return this.has(flow, Flag.SYN) ? this.startTime(flow) : 0;
  }

  /** Microseconds from SYN to SYN/ACK; 0 if not known. */
  connectTime(flow: number): number {
    return this.#numbers[flow * NUMBERS + CONNECT_TIME]!;
  }

  /** Bytes of the sender still to be skipped; Infinity for all that come. */
  skip(flow: number, fromB: number): number {
    return this.#numbers[flow * NUMBERS + SKIP + fromB]!;
  }

  setSkip(flow: number, fromB: number, length: number): void {
    this.#numbers[flow * NUMBERS + SKIP + fromB] = length;
  }

  /** Keeps the length of a packet that cannot be charged to an account yet. */
  addUncharged(flow: number, fromB: number, length: number): void {
    this.#numbers[flow * NUMBERS + UNCHARGED + fromB]! += length;
  }

  /** What `addUncharged` has kept, and forgets it. */
  takeUncharged(flow: number, fromB: number): number {
    const at = flow * NUMBERS + UNCHARGED + fromB;
    const length = this.#numbers[at]!;
    this.#numbers[at] = 0;
    return length;
  }

  /** The next record of an endless walk over all of them; it may be free. */
  nextRecord(): number {
    if (this.#hand >= this.#used) this.#hand = 0;
    return this.#hand++;
  }

  /** Gives memory back if few of many flows are left. Returns how many records it had then; else 0. */
  shrinkIfSparse(): number {
    const before = this.#used;
    if (before <= MIN_CAPACITY || this.count >= before * SPARSE) return 0;
    let capacity = MIN_CAPACITY;
    while (capacity < this.count * 2) capacity *= GROWTH;
    this.#shrink(capacity);
    return before;
  }

  #allocate(): number {
    if (this.#free !== NONE) {
      const flow = this.#free;
      this.#free = this.#words[flow * WORDS + NEXT_FREE]!;
      return flow;
    }
    if (this.#used === this.capacity) this.#grow();
    return this.#used++;
  }

  /** Makes room. All records are in use then, and keep their numbers. */
  #grow(): void {
    const words = new Int32Array(this.capacity * GROWTH * WORDS);
    words.set(this.#words);
    this.#replace(words, this.capacity * GROWTH);
  }

  #shrink(capacity: number): void {
    const old = this.#words;
    const to = new Int32Array(this.#used).fill(NONE);
    const words = new Int32Array(capacity * WORDS);
    let next = 0;
    for (let flow = 0; flow < to.length; flow++) {
      if (!this.isLive(flow)) continue;
      const at = flow * WORDS;
      words.set(old.subarray(at, at + WORDS), next * WORDS);
      to[flow] = next++;
    }
    this.#used = next;
    this.#free = NONE;
    this.#hand = 0;
    this.#replace(words, capacity);
    this.#moved(to);
  }

  #replace(words: Int32Array<ArrayBuffer>, capacity: number): void {
    this.#words = words;
    this.#numbers = new Float64Array(words.buffer);
    this.capacity = capacity;
    this.#index.resize(capacity);
    this.#reindex();
  }

  #reindex(): void {
    this.#index.clear(this.count);
    for (let flow = 0; flow < this.#used; flow++) {
      if (this.isLive(flow)) this.#index.insert(flow, this.#words[flow * WORDS + HASH]!);
    }
  }
}

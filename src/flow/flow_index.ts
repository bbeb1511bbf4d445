// Finds a flow by its hash: a hash table with open addressing and linear probing, in one typed array. And
// what compares a flow with a packet.

import { IPV4_MAPPED } from "../address.ts";
import type { Packet } from "../decode/packet.ts";
import { mix } from "./hashing.ts";

const MIN_SLOTS = 1 << 12;
const NONE = -1;

export class FlowIndex {
  /** Pairs of hash and flow + 1; 0 for an empty slot. The first `#mask + 1` are in use. */
  #slots = new Int32Array(MIN_SLOTS * 2);
  #mask = MIN_SLOTS - 1;

  /** The first slot at or after `start` that has `hash`, -1 if an empty one comes before it. */
  search(hash: number, start: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    for (let slot = start & mask;; slot = (slot + 1) & mask) {
      if (slots[slot * 2 + 1] === 0) return NONE;
      if (slots[slot * 2] === hash) return slot;
    }
  }

  /** The flow in a slot that `search` has returned. */
  flowAt(slot: number): number {
    return this.#slots[slot * 2 + 1]! - 1;
  }

  /** Whether `count` flows fill more than half of the slots, so that searches get long. */
  isCrowded(count: number): boolean {
    return count * 2 > this.#mask + 1;
  }

  insert(flow: number, hash: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = hash & mask;
    while (slots[slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
    slots[slot * 2] = hash;
    slots[slot * 2 + 1] = flow + 1;
  }

  /** Removes a flow, and moves the entries behind it back, so that no search ends too early. */
  remove(flow: number, hash: number): void {
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

  /** Takes as much memory as `capacity` flows need at most. `clear` has to follow. */
  resize(capacity: number): void {
    this.#slots = new Int32Array(capacity * 4);
    this.#mask = 0;
  }

  /** Empties the table, and makes it as large as `count` flows need: two to four slots for each. */
  clear(count: number): void {
    this.#slots.fill(0, 0, (this.#mask + 1) * 2);
    let slots = MIN_SLOTS;
    while (slots < count * 4 && slots * 2 < this.#slots.length) slots *= 2;
    this.#mask = slots - 1;
  }
}

/** The hash of a packet's flow, int32: the same for both directions. `seed` as in hashing.ts. */
export function flowHash(packet: Packet, isUdp: boolean, seed: number): number {
  const { src0, src1, src2, src3, srcPort, dst0, dst1, dst2, dst3, dstPort } = packet;
  const source = endpointHash(src0, src1, src2, src3, srcPort, seed);
  const destination = endpointHash(dst0, dst1, dst2, dst3, dstPort, seed);
  return (source + destination + (isUdp ? 0x9e3779b9 : 0)) | 0;
}

function endpointHash(
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  port: number,
  seed: number,
): number {
  let hash = mix(a3 ^ seed);
  // IPv4 has the same words here in each address.
  if (a2 !== IPV4_MAPPED || (a1 | a0) !== 0) hash = mix(mix(mix(hash ^ a2) ^ a1) ^ a0);
  return mix(hash ^ port);
}

/** Whether an address in four words from `at` on is the packet's source. */
export const isSource = (words: Int32Array, at: number, packet: Packet): boolean =>
  words[at + 3] === packet.src3 && words[at + 2] === packet.src2 &&
  words[at + 1] === packet.src1 && words[at] === packet.src0;

/** The same for its destination. */
export const isDestination = (words: Int32Array, at: number, packet: Packet): boolean =>
  words[at + 3] === packet.dst3 && words[at + 2] === packet.dst2 &&
  words[at + 1] === packet.dst1 && words[at] === packet.dst0;

// Datagrams that were captured as one large one on one interface, and as its parts on another: a sender may
// hand over many at once, which the network card, or what stands for one, cuts apart (GSO), or joins (GRO).
// All parts but the last are equally long. Each byte is charged once; all of them are read.

import { i32 } from "../bytes.ts";
import type { Packet } from "../decode/packet.ts";
import type { Copies } from "./copies.ts";

/** Longer payloads are of several datagrams: a line carries 1500 bytes. */
const LONGEST_SINGLE = 1500;
/** Shorter ones begin no run of parts. */
const SHORTEST_FIRST = 256;
/** Bytes at the beginning that tell the first part by. */
const BEGINNING = 32;
/** The digest of a beginning differs from that of a whole datagram by this. */
const OF_BEGINNING = 0x5bd1e995;
/** Nobody cuts or joins datagrams any more if there was no large one for so long, microseconds. */
const MEMORY = 5_000_000;

/** Flows and directions; if two share a slot, the older is forgotten. */
const SLOTS = 256;

export class DatagramCopies {
  readonly #copies: Copies;
  #lastLarge = -Infinity;
  /** By slot: digest of the flow and direction. */
  readonly #flows = new Int32Array(SLOTS);
  /** Payload of large datagrams whose parts have not come. */
  readonly #owed = new Float64Array(SLOTS);
  /** Length of the parts that come one after the other; 0 if none do. */
  readonly #size = new Int32Array(SLOTS);

  constructor(copies: Copies) {
    this.#copies = copies;
  }

  /** Bytes on the wire of `packet` that were not captured before; `flow` tells its flow and direction. */
  newBytes(packet: Packet, flow: number): number {
    const length = packet.wireEnd - packet.at;
    const isLarge = length > LONGEST_SINGLE;
    if (isLarge) this.#lastLarge = packet.time;
    else if (packet.time - this.#lastLarge > MEMORY) return packet.wireLength;
    const isCopy = isLarge
      ? this.#isLargeCopy(packet, length, flow)
      : this.#isPart(packet, length, flow);
    return isCopy ? 0 : packet.wireLength;
  }

  #isLargeCopy(packet: Packet, length: number, flow: number): boolean {
    if (this.#hasBeginning(packet, flow)) return true;
    const slot = this.#slotOf(flow);
    this.#owed[slot]! += length;
    return false;
  }

  #isPart(packet: Packet, length: number, flow: number): boolean {
    const slot = this.#slotOf(flow);
    if (length >= SHORTEST_FIRST && this.#hasBeginning(packet, flow)) this.#size[slot] = length;
    if (length > this.#size[slot]! || this.#owed[slot]! < length) return false;
    this.#owed[slot]! -= length;
    if (length < this.#size[slot]!) this.#size[slot] = 0;
    this.#copies.count++;
    return true;
  }

  /** Whether another packet of the flow has the same beginning. */
  #hasBeginning(packet: Packet, flow: number): boolean {
    return this.#copies.has(packet, beginningOf(packet), flow);
  }

  #slotOf(flow: number): number {
    const slot = (flow ^ (flow >>> 16)) & (SLOTS - 1);
    if (this.#flows[slot] !== flow) {
      this.#flows[slot] = flow;
      this.#owed[slot] = this.#size[slot] = 0;
    }
    return slot;
  }
}

function beginningOf({ bytes, at, end }: Packet): number {
  let sum = OF_BEGINNING;
  for (let i = at; i <= Math.min(end, at + BEGINNING) - 4; i += 4) {
    sum = Math.imul(sum ^ (sum >>> 15), 0x85ebca6b) ^ i32(bytes, i);
  }
  return sum;
}

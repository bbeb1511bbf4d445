// Segments of TCP that were captured more than once: as they are, or as one large segment on one
// interface and as many small ones on another, if a network card, or what stands for one, cuts them
// (TSO, GSO) or joins them (GRO). Checksums do not matter, for they may not be filled in yet.

import { i32, sequenceDistance, u16 } from "../bytes.ts";
import { type Packet, SYN } from "../decode/packet.ts";
import { type Copies, COPY_TIME } from "./copies.ts";
import { Flag } from "./flow_record.ts";
import type { FlowTable } from "./flow_table.ts";

const MIN_HEADER = 20;
/** Where the window is in a TCP header. */
const WINDOW = 14;
/** A header with time stamps: most of them, and nothing else. */
const TIMESTAMP_HEADER = 32;
/** Two options of no meaning, then the time stamps: kind 8, 10 bytes (RFC 7323 appendix A). */
const TIMESTAMP_OPTION = 0x0101080a;

export class SegmentCopies {
  readonly #table: FlowTable;
  readonly #copies: Copies;
  /** Of the packet that `look` was called for. */
  #digest = 0;
  #found = 0;

  constructor(table: FlowTable, copies: Copies) {
    this.#table = table;
    this.#copies = copies;
  }

  /** Has to come before `newBytes`, and does best to come before the flow is searched: see Copies.look. */
  look(packet: Packet): void {
    this.#digest = digestOf(packet);
    this.#found = this.#copies.look(this.#digest);
  }

  /** Bytes on the wire of `packet` that were not captured before; `hash` is that of its flow. */
  newBytes(flow: number, fromB: number, packet: Packet, hash: number): number {
    const table = this.#table;
    if (this.#copies.has(packet, this.#digest, hash ^ fromB, this.#found)) {
      if (isUnmistakable(packet)) table.set(flow, Flag.COPIED << fromB);
      return 0;
    }
    if (!table.has(flow, Flag.COPIED << fromB)) return packet.wireLength;
    const captured = this.#captured(flow, fromB, packet);
    if (captured === packet.wireLength) this.#copies.count++;
    return packet.wireLength - captured;
  }

  /** How many bytes of `packet` came before, in another segment: of a sender who is captured twice. */
  #captured(flow: number, fromB: number, packet: Packet): number {
    const table = this.#table;
    const length = packet.wireEnd - packet.at;
    // What is older than the newest packet is from an interface that is read after another.
    if (length === 0) return packet.time < table.lastTime(flow) ? packet.wireLength : 0;
    if (!table.has(flow, Flag.SEQUENCE << fromB)) return 0;
    const timestamp = timestampOf(packet);
    const first = (packet.sequence + (packet.flags & SYN ? 1 : 0)) | 0;
    const seen = sequenceDistance(table.nextSequence(flow, fromB), first);
    const isCopy = seen > 0 && !this.#isLater(flow, fromB, packet, timestamp);
    if (seen >= length) return isCopy ? packet.wireLength : 0;
    table.setTimestamp(flow, fromB, timestamp);
    return isCopy ? seen : 0;
  }

  /** Whether `packet` was sent after what was captured of its sender, which retransmissions are. */
  #isLater(flow: number, fromB: number, packet: Packet, timestamp: number): boolean {
    const newest = this.#table.timestamp(flow, fromB);
    if (timestamp === 0 || newest === 0) {
      return packet.time - this.#table.lastTime(flow) >= COPY_TIME;
    }
    return sequenceDistance(timestamp, newest) > 0;
  }
}

/** Whether there is more to tell a copy by than numbers that acknowledgements of one moment share. */
const isUnmistakable = (packet: Packet): boolean =>
  packet.wireEnd > packet.at || (packet.flags & SYN) !== 0 || packet.identity !== 0 ||
  packet.at - packet.segmentAt > MIN_HEADER;

/** The sender's time stamp; 0 if it sends none, or not in the usual place. */
function timestampOf({ bytes, at, segmentAt }: Packet): number {
  if (at - segmentAt < TIMESTAMP_HEADER) return 0;
  const hasTimestamp = i32(bytes, segmentAt + MIN_HEADER) === TIMESTAMP_OPTION;
  return hasTimestamp ? i32(bytes, segmentAt + MIN_HEADER + 4) : 0;
}

/** 32 bits that differ between the segments of one sender, but not between copies of one segment. */
function digestOf(packet: Packet): number {
  const { bytes, at, segmentAt } = packet;
  let sum = Math.imul(packet.identity, 0x9e3779b1) ^ packet.sequence;
  sum = Math.imul(sum ^ (sum >>> 15), 0x85ebca6b) ^ packet.acknowledgement;
  if (at - segmentAt >= TIMESTAMP_HEADER) {
    // The time stamp, and the last option: mostly the other one, or bytes that came out of order.
    sum = Math.imul(sum ^ (sum >>> 14), 0x27d4eb2f) ^ i32(bytes, segmentAt + MIN_HEADER + 4);
    sum = Math.imul(sum ^ (sum >>> 15), 0x165667b1) ^ i32(bytes, at - 4);
  }
  // Without the window, one that is only opened would be a copy of the acknowledgement before it.
  sum = Math.imul(sum ^ (sum >>> 14), 0x9e3779b1) ^ u16(bytes, segmentAt + WINDOW);
  return Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35) ^ (packet.flags << 24) ^
    (packet.wireEnd - packet.at);
}

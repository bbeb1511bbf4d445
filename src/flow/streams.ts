// TCP streams in order: detects which protocol a connection speaks, and gives its bytes to an analyser.
// Bytes that an analyser wants to skip never reach it; bytes that it cannot read yet are kept for it.

import { type Packet, RST } from "../decode/packet.ts";
import {
  DONE,
  HAND_OVER,
  NEED_MORE,
  NOT_MINE,
  type Side,
  type StreamAnalyser,
} from "../protocols/analyser.ts";
import { detectStream, mayAnswer, type StreamProtocol } from "../protocols/registry.ts";
import { type Carry, maxCarry } from "./carry.ts";
import type { FlowConversation } from "./conversation.ts";
import { Flag } from "./flow_record.ts";
import type { FlowTable } from "./flow_table.ts";
import type { Flows } from "./flows.ts";
import type { StreamReader } from "./reader.ts";

/** How often one segment may be handed over to another protocol, before the connection is only counted. */
const MAX_HANDOVERS = 8;

export class Streams {
  readonly conversation: FlowConversation;
  readonly #flows: Flows;
  readonly #table: FlowTable;
  /** Whether bytes of the other side are being read in between. */
  #isReadingOther = false;

  constructor(flows: Flows) {
    this.#flows = flows;
    this.#table = flows.table;
    this.conversation = flows.conversation;
  }

  /** The reader of a TCP flow, made if there is none. */
  openReader(flow: number): StreamReader {
    return this.#flows.readers.openStream(flow);
  }

  #reader(flow: number): StreamReader | null {
    return this.#flows.readers.ofStream(flow);
  }

  /**
   * Whether nothing would come of the bytes of a segment, the next ones: nobody reads this stream, and no
   * protocol begins here.
   */
  isForNobody(flow: number, fromB: number, { bytes, at, end, wireEnd, flags }: Packet): boolean {
    return at < end && end === wireEnd && (flags & RST) === 0 &&
      this.#reader(flow) === null && this.#table.skip(flow, fromB) === 0 &&
      detectStream(bytes, at, end, this.#table.ports(flow)).verdict === NOT_MINE;
  }

  /** Takes the next bytes of a stream, `bytes[at..end)`, which begin at its next sequence number. */
  bytes(flow: number, fromB: number, bytes: Uint8Array, at: number, end: number): void {
    this.#table.advance(flow, fromB, end - at);
    this.conversation.fromB = fromB;
    const carry = this.#reader(flow)?.carry(fromB) ?? null;
    if (carry === null || carry.length === 0) {
      const rest = this.#read(flow, fromB, bytes, at, end);
      if (rest < end) this.#openCarry(flow, fromB).append(bytes, rest, end);
      return;
    }
    const kept = carry.length;
    carry.append(bytes, at, end);
    // If no protocol begins with the kept bytes, one may still begin with this segment.
    if (!this.#mayBegin(flow, carry)) carry.start += kept;
    this.#readCarry(flow, fromB, carry);
  }

  /** False if the protocol is not known yet, and none begins with the kept bytes. */
  #mayBegin(flow: number, { bytes, start, end }: Carry): boolean {
    if (this.#reader(flow)!.analyser !== null) return true;
    return detectStream(bytes, start, end, this.#table.ports(flow)).verdict >= 0;
  }

  #openCarry(flow: number, fromB: number): Carry {
    return this.openReader(flow).openCarry(fromB);
  }

  #readCarry(flow: number, fromB: number, carry: Carry): void {
    carry.start = this.#read(flow, fromB, carry.bytes, carry.start, carry.end);
    const reader = this.#reader(flow);
    if (carry.length === 0) reader?.dropCarry(fromB);
    else if (carry.length > maxCarry(reader?.analyser ?? null)) this.#overflow(flow, fromB, carry);
  }

  /** The analyser waits for more bytes than may be kept: drops them, and tells it of a gap. */
  #overflow(flow: number, fromB: number, carry: Carry): void {
    const length = carry.length;
    carry.clear();
    this.#reportGap(flow, fromB, length);
  }

  /** Bytes have come of a side of which all that comes is skipped: notes the time of their packet. */
  noteSkipped(flow: number, packet: { readonly time: number }): void {
    const reader = this.#reader(flow);
    if (reader !== null) reader.skippedTime = packet.time;
  }

  /** Gives bytes to the stream's analyser. Returns where those begin that it cannot read yet. */
  #read(flow: number, fromB: number, bytes: Uint8Array, from: number, end: number): number {
    const on = this.conversation;
    let handovers = 0;
    let at = from;
    while (at < end) {
      on.behind = end - at;
      const skipped = this.#skip(flow, fromB, end - at);
      if (skipped > 0) {
        at += skipped;
        continue;
      }
      const analyser = this.#reader(flow)?.analyser ?? null;
      if (analyser === null) {
        const verdict = this.#detect(flow, fromB, bytes, at, end);
        if (verdict === NEED_MORE) return at;
        if (verdict < 0) return end;
        continue;
      }
      const consumed = analyser.data(on, this.#side(flow, fromB), bytes, at, end);
      if (consumed === NEED_MORE) return at;
      if (consumed > 0) {
        at += consumed;
        if (on.isOtherWoken) this.#readOther(flow, fromB);
      } else if (consumed === HAND_OVER && handovers++ < MAX_HANDOVERS) this.#handOver(flow, fromB);
      else {
        this.#leave(flow, analyser, consumed === DONE);
        return end;
      }
    }
    return at;
  }

  /** Skips what is to be skipped of the next `length` bytes; returns how many bytes that are. */
  #skip(flow: number, fromB: number, length: number): number {
    const left = this.#table.skip(flow, fromB);
    if (left === 0) return 0;
    const skipped = Math.min(left, length);
    const on = this.conversation;
    on.behind = Math.max(0, on.behind - skipped);
    this.#table.setSkip(flow, fromB, left - skipped);
    if (left === skipped) this.#reader(flow)?.analyser?.skipped(on, this.#side(flow, fromB));
    return skipped;
  }

  #side(flow: number, fromB: number): Side {
    return this.#table.sideOf(flow, fromB);
  }

  /**
   * Detects which protocol begins at `at`. Returns 1 once its analyser is in place, NEED_MORE or
   * NOT_MINE.
   */
  #detect(flow: number, fromB: number, bytes: Uint8Array, at: number, end: number): number {
    const { verdict, protocol } = detectStream(bytes, at, end, this.#table.ports(flow));
    if (protocol === null) return verdict;
    // The kind of message identifies the client, except for DNS, where the port has done so.
    if (protocol.port === undefined) this.#table.setClient(flow, fromB ^ protocol.side);
    this.openReader(flow).analyser = protocol.open(this.#flows.keys);
    this.#dropForeign(flow, fromB ^ 1, protocol);
    return verdict;
  }

  /**
   * Drops what the other side sent before, if it is not of this protocol: before TLS, PostgreSQL's
   * server agrees to it with a single letter.
   */
  #dropForeign(flow: number, fromB: number, protocol: StreamProtocol): void {
    const reader = this.#reader(flow);
    const carry = reader?.carry(fromB) ?? null;
    if (carry === null || carry.length === 0) return;
    if (!mayAnswer(protocol, carry.bytes, carry.start, carry.end)) reader!.dropCarry(fromB);
  }

  /** Another protocol begins here, on both sides. */
  #handOver(flow: number, fromB: number): void {
    const on = this.conversation;
    this.openReader(flow).analyser = on.next;
    on.next = null;
    this.#readOther(flow, fromB);
  }

  /** Reads the bytes of the other side that wait. What their packet acknowledged is not known any more. */
  #readOther(flow: number, fromB: number): void {
    const on = this.conversation;
    on.isOtherWoken = false;
    const carry = this.#reader(flow)?.carry(fromB ^ 1) ?? null;
    // This side's own bytes are being read already if it is the other of the other.
    if (carry === null || carry.length === 0 || this.#isReadingOther) return;
    const { behind, acknowledged } = on;
    on.fromB = fromB ^ 1;
    on.acknowledged = null;
    this.#isReadingOther = true;
    this.#readCarry(flow, fromB ^ 1, carry);
    this.#isReadingOther = false;
    on.fromB = fromB;
    on.acknowledged = acknowledged;
    on.behind = behind;
  }

  /** Stops reading this connection: from now on its bytes are only counted. */
  #leave(flow: number, analyser: StreamAnalyser, isDone: boolean): void {
    if (!isDone) analyser.ended(this.conversation);
    this.#table.setSkip(flow, 0, Infinity);
    this.#table.setSkip(flow, 1, Infinity);
    this.#flows.readers.close(flow);
  }

  /** The next `length` bytes of a stream were not captured. Returns whether they were all to be skipped. */
  gap(flow: number, fromB: number, length: number): boolean {
    const on = this.conversation;
    on.fromB = fromB;
    on.behind = 0;
    this.#table.advance(flow, fromB, length);
    const carry = this.#reader(flow)?.carry(fromB) ?? null;
    if (carry !== null && carry.length > 0) {
      carry.clear();
      this.#reportGap(flow, fromB, length);
      return false;
    }
    const skipped = this.#skip(flow, fromB, length);
    if (skipped < length) this.#reportGap(flow, fromB, length - skipped);
    return skipped === length;
  }

  #reportGap(flow: number, fromB: number, length: number): void {
    const reader = this.#reader(flow);
    if (reader?.analyser === null && this.#table.has(flow, Flag.WHOLE << fromB)) {
      reader.loseFirst(fromB, length);
    }
    this.#table.clear(flow, Flag.WHOLE << fromB);
    reader?.analyser?.gap(this.conversation, this.#side(flow, fromB), length);
  }

  /** The sender has sent its last byte. */
  finished(flow: number, fromB: number): void {
    const on = this.conversation;
    on.fromB = fromB;
    on.behind = 0;
    const reader = this.#reader(flow);
    reader?.analyser?.finished(on, this.#side(flow, fromB));
    reader?.dropCarry(fromB);
  }
}

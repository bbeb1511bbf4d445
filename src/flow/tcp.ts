// TCP: puts segments in order and passes on each byte once. Bytes that were not captured are
// reported as a gap as soon as it is certain that they will not come: when their receiver has
// acknowledged them. RFC 9293 section 3. Until then the missing bytes are called a hole.

import { sequenceDistance } from "../bytes.ts";
import { ACK, FIN, type Packet, RST, SYN } from "../decode/packet.ts";
import { CLIENT } from "../protocols/analyser.ts";
import { Flag } from "./flow_record.ts";
import { type FlowTable, INTERFACE_DELAY } from "./flow_table.ts";
import type { Flows } from "./flows.ts";
import { type StreamReader, TO_THE_END } from "./reader.ts";
import { SegmentCopies } from "./segment_copies.ts";
import { NO_BYTES, type Segment } from "./segments.ts";
import type { Streams } from "./streams.ts";

/** A sequence number further from the expected one belongs to another stream: windows end at 2^30. */
const MAX_DISTANCE = 1 << 26;
/** A SYN that is behind the expected sequence number by less may be an old one that comes late. */
const LATE_SYN = 1 << 16;
/**
 * The acknowledgement of a segment may be captured before the segment itself: this many microseconds or
 * segments before it at most.
 */
const REORDER_TIME = 20_000;
const REORDER_SEGMENTS = 16;
/** A hole that nobody acknowledges may be filled by a retransmission within this time, microseconds. */
const RETRANSMISSION_TIME = 5_000_000;
/** After so much silence on a connection, microseconds, no message is taken to be on its way. */
const SILENCE = 1_000_000;

export class Tcp {
  readonly #flows: Flows;
  readonly #table: FlowTable;
  readonly #streams: Streams;
  readonly #copies: SegmentCopies;
  /** When the first connection was seen. */
  #firstTime = 0;

  constructor(flows: Flows, streams: Streams) {
    this.#flows = flows;
    this.#table = flows.table;
    this.#streams = streams;
    this.#copies = new SegmentCopies(flows.table, flows.copies);
  }

  packet(packet: Packet): void {
    const table = this.#table;
    this.#copies.look(packet);
    const hash = table.hash(packet, false);
    let flow = table.find(packet, false, hash);
    if (flow < 0) {
      // A record is made only for what opens a connection or carries data.
      if (packet.wireEnd === packet.at && (packet.flags & SYN) === 0) return;
      flow = this.#open(packet, hash);
    }
    let fromB = table.fromB;
    if (this.#isLateCopy(flow, fromB, packet)) {
      table.set(flow, Flag.COPIED << fromB);
      this.#flows.copies.count++;
      return;
    }
    if ((packet.flags & SYN) !== 0) {
      if (this.#isNewConnection(flow, fromB, packet)) {
        this.giveUpHoles(flow);
        this.#flows.close(flow);
        flow = this.#open(packet, hash);
        fromB = 0;
      }
      this.#synchronise(flow, fromB, packet);
    }
    // Bytes that were captured before are not charged; below, their numbers show that they were read.
    this.#flows.charge(flow, fromB, this.#copies.newBytes(flow, fromB, packet, hash));
    table.touch(flow, packet);
    if (table.has(flow, Flag.ENDED)) return;
    this.#segment(flow, fromB, packet);
  }

  #open(packet: Packet, hash: number): number {
    const flow = this.#flows.open(packet, false, hash);
    // A guess, until the handshake or a message shows it: servers have the lower port.
    if (packet.srcPort < packet.dstPort) this.#table.set(flow, Flag.CLIENT_IS_B);
    if (this.#firstTime === 0) this.#firstTime = packet.time;
    if (packet.time - this.#firstTime >= SILENCE) this.#table.set(flow, Flag.WHOLE);
    return flow;
  }

  /**
   * Whether this is a copy from an interface that is read after another: an older packet of a
   * connection whose end was read already. It must not begin the connection a second time.
   */
  #isLateCopy(flow: number, fromB: number, packet: Packet): boolean {
    const lateness = this.#table.lastTime(flow) - packet.time;
    if (lateness <= 0 || lateness > INTERFACE_DELAY) return false;
    return this.#table.has(flow, Flag.ENDED) ||
      (packet.flags & SYN) !== 0 && this.#isNewConnection(flow, fromB, packet);
  }

  /** Whether a SYN begins another connection on the same ports: its sequence number shows it. */
  #isNewConnection(flow: number, fromB: number, packet: Packet): boolean {
    const table = this.#table;
    if (table.has(flow, Flag.ENDED)) return true;
    if (!table.has(flow, Flag.SEQUENCE << fromB)) return false;
    const ahead = sequenceDistance((packet.sequence + 1) | 0, table.nextSequence(flow, fromB));
    if (ahead === 0 || this.#answersSameSyn(flow, fromB, packet)) return false;
    return ahead > 0 || ahead < -LATE_SYN || table.has(flow, Flag.RESET | Flag.FIN | Flag.FIN << 1);
  }

  /** Whether a SYN is another answer to the other side's SYN, behind which nothing came. */
  #answersSameSyn(flow: number, fromB: number, packet: Packet): boolean {
    const table = this.#table;
    return (packet.flags & ACK) !== 0 && !table.has(flow, Flag.RESET) &&
      table.has(flow, Flag.WHOLE << (fromB ^ 1)) &&
      table.nextSequence(flow, fromB ^ 1) === packet.acknowledgement;
  }

  #synchronise(flow: number, fromB: number, packet: Packet): void {
    const table = this.#table;
    const first = (packet.sequence + 1) | 0;
    const isAnother = table.has(flow, Flag.SEQUENCE << fromB) &&
      Math.abs(sequenceDistance(first, table.nextSequence(flow, fromB))) > MAX_DISTANCE;
    if (isAnother) table.set(flow, Flag.TWO_ANSWERS);
    // A SYN that comes after data must not take the stream back to bytes that were read already.
    if (!table.has(flow, Flag.SEQUENCE << fromB) || this.#isBeforeFirst(flow, fromB, first)) {
      table.setNextSequence(flow, fromB, first);
    }
    table.set(flow, (Flag.WHOLE | Flag.SEQUENCE) << fromB);
    const isAnswer = (packet.flags & ACK) !== 0;
    if (!table.has(flow, Flag.CLIENT_KNOWN)) table.setClient(flow, isAnswer ? fromB ^ 1 : fromB);
    if (isAnswer) {
      table.noteSynAck(flow, packet);
      if (!table.has(flow, Flag.SEQUENCE << (fromB ^ 1))) this.#missSyn(flow, fromB ^ 1, packet);
    } else table.noteSyn(flow, packet);
  }

  /** The SYN that `packet` acknowledges was not captured. */
  #missSyn(flow: number, fromB: number, packet: Packet): void {
    this.#table.setNextSequence(flow, fromB, packet.acknowledgement);
    this.#table.set(flow, (Flag.WHOLE | Flag.SEQUENCE) << fromB);
  }

  #segment(flow: number, fromB: number, packet: Packet): void {
    const table = this.#table;
    const length = packet.wireEnd - packet.at;
    if ((packet.flags & ACK) !== 0) this.#acknowledge(flow, fromB, packet, length);
    const isSyn = packet.flags & SYN;
    const sequence = isSyn === 0 ? packet.sequence : (packet.sequence + 1) | 0;
    if (length > 0 || (packet.flags & FIN) !== 0) {
      const isFirst = !table.has(flow, Flag.SEQUENCE << fromB);
      if (isFirst) {
        table.set(flow, Flag.SEQUENCE << fromB);
        table.setNextSequence(flow, fromB, sequence);
      }
      // Most packets end here: in order, and all of it to be skipped, or to be read by nobody.
      const isNext = table.nextSequence(flow, fromB) === sequence &&
        (packet.flags & FIN) === 0 && !table.has(flow, Flag.WAITING);
      const skip = table.skip(flow, fromB);
      if (isNext && skip > length) {
        table.advance(flow, fromB, length);
        table.setSkip(flow, fromB, skip - length);
        if (skip === TO_THE_END) this.#streams.noteSkipped(flow, packet);
        return;
      }
      if (isNext && !isFirst && this.#streams.isForNobody(flow, fromB, packet)) {
        table.advance(flow, fromB, length);
        table.set(flow, Flag.DATA << fromB);
        return;
      }
      this.#receive(flow, fromB, packet, sequence, length);
      if (length > 0) table.set(flow, Flag.DATA << fromB);
      if (isFirst) this.#keepFirst(flow, fromB, packet, sequence, length);
      this.#flows.readers.settle(flow);
    }
    if ((packet.flags & RST) !== 0) table.set(flow, Flag.RESET);
  }

  #receive(flow: number, fromB: number, packet: Packet, sequence: number, length: number): void {
    const table = this.#table;
    const ahead = sequenceDistance(sequence, table.nextSequence(flow, fromB));
    if (ahead > MAX_DISTANCE || ahead < -MAX_DISTANCE) {
      this.#restart(flow, fromB, packet, sequence);
    } else if (ahead > 0) {
      this.#keep(flow, fromB, packet, sequence, length);
      return;
    } else if (ahead < 0 && this.#isBeforeFirst(flow, fromB, sequence, length)) {
      table.setNextSequence(flow, fromB, sequence);
    }
    const acknowledgement = (packet.flags & ACK) !== 0 ? packet.acknowledgement : null;
    this.#streams.conversation.turnTo(flow, packet.time, acknowledgement);
    const isLast = (packet.flags & FIN) !== 0;
    this.#accept(flow, fromB, sequence, length, packet.bytes, packet.at, packet.end, isLast);
    // Checked before the call too, as V8 may box the time that is its argument.
    if (table.has(flow, Flag.WAITING)) this.#drain(flow, fromB, packet.time);
  }

  /**
   * If the capture begins in the middle of a connection, its first segment may have come too early.
   * It is read, and also kept until the next one in order comes: should an earlier one come, it
   * follows that.
   */
  #keepFirst(flow: number, fromB: number, packet: Packet, sequence: number, length: number): void {
    const table = this.#table;
    if (table.has(flow, Flag.ENDED)) return;
    const reader = this.#streams.openReader(flow);
    const isRead = reader.analyser !== null || (reader.carry(fromB)?.length ?? 0) > 0;
    if (isRead || reader.openQueue(fromB).isFull) return;
    reader.openQueue(fromB).insert(segmentOf(packet, sequence, length, true));
    table.set(flow, Flag.WAITING);
  }

  /** Whether a segment belongs before all that came of a connection whose beginning was not captured. */
  #isBeforeFirst(flow: number, fromB: number, sequence: number, length = 0): boolean {
    if (length > 1 && !this.#table.has(flow, Flag.SYN | Flag.DATA << fromB)) return true;
    const reader = this.#reader(flow);
    if (reader === null || reader.analyser !== null) return false;
    const first = reader.queue(fromB)?.first;
    return first !== undefined && sequenceDistance(first.sequence, sequence) > 0;
  }

  #reader(flow: number): StreamReader | null {
    return this.#flows.readers.ofStream(flow);
  }

  /** Takes a segment that begins at or before the expected byte, and passes on what is new in it. */
  #accept(
    flow: number,
    fromB: number,
    sequence: number,
    length: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    isLast: boolean,
  ): void {
    const table = this.#table;
    const old = -sequenceDistance(sequence, table.nextSequence(flow, fromB));
    if (length > old) {
      const from = Math.min(end, at + old);
      if (end > from) this.#streams.bytes(flow, fromB, bytes, from, end);
      const missing = length - Math.max(old, end - at);
      if (missing > 0) {
        if (bytes === NO_BYTES) this.#streams.gap(flow, fromB, missing);
        else this.#gap(flow, fromB, missing);
      }
      if (table.skip(flow, fromB) === TO_THE_END) {
        this.#streams.noteSkipped(flow, this.#streams.conversation);
      }
    }
    if (isLast && length >= old && !table.has(flow, Flag.FIN << fromB)) {
      table.set(flow, Flag.FIN << fromB);
      this.#streams.finished(flow, fromB);
      if (table.has(flow, Flag.FIN << (fromB ^ 1))) this.#close(flow);
    }
  }

  /** Both sides have sent their last byte. */
  #close(flow: number): void {
    this.giveUpHoles(flow);
    this.#flows.end(flow);
  }

  #gap(flow: number, fromB: number, length: number): void {
    this.#flows.gaps++;
    if (this.#streams.gap(flow, fromB, length)) this.#flows.gapsPassed++;
  }

  /** Continues at a sequence number that has nothing to do with those before it. */
  #restart(flow: number, fromB: number, packet: Packet, sequence: number): void {
    this.#streams.conversation.turnTo(flow, packet.time, null);
    this.#reader(flow)?.queue(fromB)?.clear();
    this.#gap(flow, fromB, 1);
    this.#table.setNextSequence(flow, fromB, sequence);
  }

  /** Keeps a segment that comes too early; only its length if its bytes will be skipped. */
  #keep(flow: number, fromB: number, packet: Packet, sequence: number, length: number): void {
    const table = this.#table;
    const before = this.#streams.openReader(flow);
    if (before.openQueue(fromB).isFull) this.#giveUpHole(flow, fromB, before);
    // The segments behind that hole may have ended the connection, or its reader.
    if (table.has(flow, Flag.ENDED)) return;
    const reader = this.#streams.openReader(flow);
    const queue = reader.openQueue(fromB);
    const ahead = sequenceDistance(sequence, table.nextSequence(flow, fromB));
    const isRead = ahead + length >= table.skip(flow, fromB) && !queue.isFull;
    queue.insert(segmentOf(packet, sequence, length, isRead));
    table.set(flow, Flag.WAITING);
    if (ahead <= 0) this.#giveUpHole(flow, fromB, reader);
    else this.#giveUpLost(flow, fromB, packet, false);
  }

  #acknowledge(flow: number, fromB: number, packet: Packet, length: number): void {
    const table = this.#table;
    const other = fromB ^ 1;
    const { acknowledgement } = packet;
    if (this.#isFirstOfOther(flow, fromB, packet)) this.#missSyn(flow, other, packet);
    const isFirst = !table.has(flow, Flag.ACKNOWLEDGED << other);
    if (isFirst && table.has(flow, Flag.TWO_ANSWERS)) {
      // Which of them was taken.
      table.setNextSequence(flow, other, acknowledgement);
    }
    if (isFirst || sequenceDistance(acknowledgement, table.acknowledged(flow, other)) > 0) {
      table.setAcknowledged(flow, other, acknowledgement);
    }
    if (!table.has(flow, Flag.WAITING)) return;
    this.#giveUpLost(flow, other, packet, length > 0);
    this.#flows.readers.settle(flow);
  }

  /**
   * Whether `packet` is the first to tell of what the other side sends: the connection's beginning was
   * captured, but not the other's SYN. Hand-made captures acknowledge byte 0.
   */
  #isFirstOfOther(flow: number, fromB: number, packet: Packet): boolean {
    const table = this.#table;
    return !table.has(flow, Flag.SEQUENCE << (fromB ^ 1)) &&
      table.has(flow, Flag.WHOLE << fromB) && packet.acknowledgement !== 0;
  }

  #isAcknowledged(flow: number, fromB: number, sequence: number): boolean {
    return this.#table.has(flow, Flag.ACKNOWLEDGED << fromB) &&
      sequenceDistance(this.#table.acknowledged(flow, fromB), sequence) >= 0;
  }

  /**
   * Gives up holes that will not be filled: those that were acknowledged, by a packet with an answer or
   * REORDER_TIME ago, and those that have been open for RETRANSMISSION_TIME.
   */
  #giveUpLost(flow: number, fromB: number, packet: Packet, isAnswer: boolean): void {
    const reader = this.#reader(flow);
    if (reader === null) return;
    for (;;) {
      const queue = reader.queue(fromB);
      const first = queue?.first;
      if (queue === null || first === undefined) return;
      const age = packet.time - first.time;
      const isCertain = isAnswer || age > REORDER_TIME || queue.length >= REORDER_SEGMENTS;
      const isLost = isCertain && this.#isAcknowledged(flow, fromB, first.sequence);
      if (!isLost && age <= RETRANSMISSION_TIME) return;
      this.#giveUpHole(flow, fromB, reader);
    }
  }

  #giveUpHole(flow: number, fromB: number, reader: StreamReader): void {
    const first = reader.queue(fromB)?.first;
    if (first === undefined) return;
    const missing = sequenceDistance(first.sequence, this.#table.nextSequence(flow, fromB));
    this.#streams.conversation.turnTo(flow, first.time, first.acknowledgement);
    if (missing > 0) this.#gap(flow, fromB, missing);
    this.#drain(flow, fromB, first.time);
  }

  /** Passes on the kept segments that are in order now. */
  #drain(flow: number, fromB: number, time: number): void {
    const table = this.#table;
    if (!table.has(flow, Flag.WAITING)) return;
    const reader = this.#reader(flow);
    if (reader === null) return;
    const queue = reader.queue(fromB);
    while (queue?.first !== undefined) {
      const next = table.nextSequence(flow, fromB);
      if (sequenceDistance(queue.first.sequence, next) > 0) return;
      const { sequence, length, bytes, acknowledgement, isLast, time: own } = queue.shift();
      this.#streams.conversation.turnTo(flow, Math.max(time, own), acknowledgement);
      this.#accept(flow, fromB, sequence, length, bytes, 0, bytes.length, isLast);
    }
    if ((reader.queue(fromB ^ 1)?.length ?? 0) === 0) {
      table.clear(flow, Flag.WAITING);
      reader.dropQueues();
    }
  }

  /** No more packets will come: passes on all kept segments, and the holes as gaps. The client's first. */
  giveUpHoles(flow: number): void {
    const table = this.#table;
    if (!table.has(flow, Flag.WAITING)) return;
    // Asked once, as reading may correct a guess.
    const client = table.endpointOf(flow, CLIENT);
    for (const fromB of [client, client ^ 1]) {
      const reader = this.#reader(flow);
      while (reader !== null && reader.queue(fromB)?.first !== undefined) {
        this.#giveUpHole(flow, fromB, reader);
      }
    }
  }
}

/** A copy of the segment in `packet`; without its bytes if nobody will read them. */
const segmentOf = (
  packet: Packet,
  sequence: number,
  length: number,
  isRead: boolean,
): Segment => ({
  sequence,
  length,
  bytes: isRead ? packet.bytes.slice(packet.at, packet.end) : NO_BYTES,
  acknowledgement: (packet.flags & ACK) !== 0 ? packet.acknowledgement : null,
  time: packet.time,
  isLast: (packet.flags & FIN) !== 0,
});

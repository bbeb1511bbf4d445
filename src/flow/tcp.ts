// TCP: segments put in order, each byte handed on once. What was lost is told as a gap, as soon as it
// is certain that it will not come: when its receiver has acknowledged it. RFC 9293 section 3.

import { sequenceDistance } from "../bytes.ts";
import { ACK, FIN, type Packet, RST, SYN } from "../decode/packet.ts";
import {
  ACKNOWLEDGED,
  CONNECT_TIME,
  FLAGS,
  LAST_TIME,
  NEXT_SEQUENCE,
  NUMBERS,
  SKIP,
  SYN_TIME,
  WORDS,
} from "./flow_table.ts";
import { Flag, type Flows } from "./flows.ts";
import { StreamReader } from "./reader.ts";
import type { Segment } from "./segments.ts";
import type { Streams } from "./streams.ts";

/** Further from what is expected than any window reaches (RFC 7323 allows 2^30): another stream. */
const MAX_DISTANCE = 1 << 26;
/** A SYN that is behind by less may be an old one that comes late. */
const LATE_SYN = 1 << 16;
/** An acknowledgement may be captured before the data: then the data comes within this time, or never. */
const REORDER_TIME = 20_000;
const REORDER_SEGMENTS = 16;
/** Where no acknowledgement is seen, a retransmission may still come within this time. */
const PATIENCE = 5_000_000;

/** No interface waits longer for its turn to be read. */
const TURN_TIME = 1_000_000;

/** Of a segment that waits: captured, but not kept. */
const NO_BYTES = new Uint8Array(0);

export class Tcp {
  readonly #flows: Flows;
  readonly #streams: Streams;

  constructor(flows: Flows, streams: Streams) {
    this.#flows = flows;
    this.#streams = streams;
  }

  packet(packet: Packet): void {
    const { table } = this.#flows;
    const hash = table.hash(packet, false);
    let flow = table.find(packet, false, hash);
    if (flow < 0) {
      // Only what opens a connection or carries data is worth a record.
      if (packet.wireEnd === packet.at && (packet.flags & SYN) === 0) return;
      flow = this.#open(packet, hash);
    }
    let fromB = table.fromB;
    if (this.#isLateCopy(flow, fromB, packet)) {
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
    // Sequence numbers tell what was read already; of a copy only the bytes must not count again.
    if (!this.#flows.copies.has(packet, digestOf(packet), hash ^ fromB)) {
      this.#flows.charge(flow, fromB, packet.wireLength);
    }
    table.numbers[flow * NUMBERS + LAST_TIME] = packet.time;
    if (this.#flows.has(flow, Flag.ENDED)) return;
    this.#segment(flow, fromB, packet);
  }

  #open(packet: Packet, hash: number): number {
    const flow = this.#flows.open(packet, false, hash);
    // A guess until the handshake or the first words tell: servers have the lower port.
    if (packet.srcPort < packet.dstPort) this.#flows.set(flow, Flag.CLIENT_IS_B);
    return flow;
  }

  /**
   * Several interfaces are read in turn: what the next one shows of a connection that was read to its
   * end is older than that end, and neither another connection nor more of this one.
   */
  #isLateCopy(flow: number, fromB: number, packet: Packet): boolean {
    const flows = this.#flows;
    const lateness = flows.table.numbers[flow * NUMBERS + LAST_TIME]! - packet.time;
    if (lateness <= 0 || lateness > TURN_TIME) return false;
    return flows.has(flow, Flag.ENDED) ||
      (packet.flags & SYN) !== 0 && this.#isNewConnection(flow, fromB, packet);
  }

  /** Ports are used again: a SYN with a number of its own begins another connection. */
  #isNewConnection(flow: number, fromB: number, packet: Packet): boolean {
    const flows = this.#flows;
    if (flows.has(flow, Flag.ENDED)) return true;
    if (!flows.has(flow, Flag.SEQUENCE << fromB)) return false;
    const next = flows.table.words[flow * WORDS + NEXT_SEQUENCE + fromB]!;
    const ahead = sequenceDistance((packet.sequence + 1) | 0, next);
    if (ahead === 0) return false;
    return ahead > 0 || ahead < -LATE_SYN || flows.has(flow, Flag.RESET | Flag.FIN | Flag.FIN << 1);
  }

  #synchronise(flow: number, fromB: number, packet: Packet): void {
    const flows = this.#flows;
    const { words, numbers } = flows.table;
    const first = (packet.sequence + 1) | 0;
    // A SYN that was overtaken must not take the stream back to bytes that were read already.
    if (!flows.has(flow, Flag.SEQUENCE << fromB) || this.#isBeforeFirst(flow, fromB, first)) {
      words[flow * WORDS + NEXT_SEQUENCE + fromB] = first;
    }
    flows.set(flow, (Flag.SYN | Flag.SEQUENCE) << fromB);
    const isAnswer = (packet.flags & ACK) !== 0;
    if (!flows.has(flow, Flag.CLIENT_KNOWN)) flows.setClient(flow, isAnswer ? fromB ^ 1 : fromB);
    const at = flow * NUMBERS;
    if (!isAnswer) {
      if (numbers[at + SYN_TIME] === 0) numbers[at + SYN_TIME] = packet.time;
    } else if (numbers[at + SYN_TIME] !== 0 && numbers[at + CONNECT_TIME] === 0) {
      numbers[at + CONNECT_TIME] = Math.max(packet.time - numbers[at + SYN_TIME]!, 0.001);
    }
  }

  #segment(flow: number, fromB: number, packet: Packet): void {
    const flows = this.#flows;
    const { words, numbers } = flows.table;
    const length = packet.wireEnd - packet.at;
    if ((packet.flags & ACK) !== 0) this.#acknowledge(flow, fromB, packet, length);
    const isSyn = packet.flags & SYN;
    const sequence = isSyn === 0 ? packet.sequence : (packet.sequence + 1) | 0;
    if (length > 0 || (packet.flags & FIN) !== 0) {
      const next = flow * WORDS + NEXT_SEQUENCE + fromB;
      const isFirst = !flows.has(flow, Flag.SEQUENCE << fromB);
      if (isFirst) {
        flows.set(flow, Flag.SEQUENCE << fromB);
        words[next] = sequence;
      }
      const skip = flow * NUMBERS + SKIP + fromB;
      // The way of most packets: in order, and inside a body.
      if (
        words[next] === sequence && numbers[skip]! > length && (packet.flags & FIN) === 0 &&
        (words[flow * WORDS + FLAGS]! & Flag.WAITING) === 0
      ) {
        words[next] = (sequence + length) | 0;
        numbers[skip]! -= length;
        return;
      }
      this.#receive(flow, fromB, packet, sequence, length);
      if (isFirst) this.#remember(flow, fromB, packet, sequence, length);
    }
    if ((packet.flags & RST) !== 0) flows.set(flow, Flag.RESET);
  }

  #receive(flow: number, fromB: number, packet: Packet, sequence: number, length: number): void {
    const words = this.#flows.table.words;
    const next = flow * WORDS + NEXT_SEQUENCE + fromB;
    const ahead = sequenceDistance(sequence, words[next]!);
    if (ahead > MAX_DISTANCE || ahead < -MAX_DISTANCE) {
      this.#startAnew(flow, fromB, packet, sequence);
    } else if (ahead > 0) {
      this.#keep(flow, fromB, packet, sequence, length);
      return;
    } else if (ahead < 0 && this.#isBeforeFirst(flow, fromB, sequence)) words[next] = sequence;
    const acknowledgement = (packet.flags & ACK) !== 0 ? packet.acknowledgement : null;
    this.#streams.conversation.turnTo(flow, packet.time, acknowledgement);
    this.#accept(
      flow,
      fromB,
      sequence,
      length,
      packet.bytes,
      packet.at,
      packet.end,
      (packet.flags & FIN) !== 0,
    );
    // Asked here too, for the time as an argument costs memory.
    if (this.#flows.has(flow, Flag.WAITING)) this.#drain(flow, fromB, packet.time);
  }

  /**
   * Where the capture begins in the middle of a connection, its first segment may have been overtaken:
   * until the next one comes in order, it is kept, to follow one that belongs before it.
   */
  #remember(
    flow: number,
    fromB: number,
    packet: Packet,
    sequence: number,
    length: number,
  ): void {
    const flows = this.#flows;
    if (flows.has(flow, Flag.ENDED)) return;
    const reader = this.#streams.openReader(flow);
    const isRead = reader.analyser !== null || (reader.carry(fromB)?.length ?? 0) > 0;
    if (isRead || reader.openQueue(fromB).isFull) return;
    reader.openQueue(fromB).insert(segmentOf(packet, sequence, length, true));
    flows.set(flow, Flag.WAITING);
  }

  #isBeforeFirst(flow: number, fromB: number, sequence: number): boolean {
    const reader = this.#flows.streamReader(flow);
    if (reader === null || reader.analyser !== null) return false;
    const first = reader.queue(fromB)?.first;
    return first !== undefined && sequenceDistance(first.sequence, sequence) > 0;
  }

  /** Takes a segment that begins at or before the byte expected: what is new of it is handed on. */
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
    const flows = this.#flows;
    const next = flow * WORDS + NEXT_SEQUENCE + fromB;
    const old = -sequenceDistance(sequence, flows.table.words[next]!);
    if (length > old) {
      const from = Math.min(end, at + old);
      if (end > from) this.#streams.bytes(flow, fromB, bytes, from, end);
      const missing = length - Math.max(old, end - at);
      if (missing > 0) {
        if (bytes === NO_BYTES) this.#streams.gap(flow, fromB, missing);
        else this.#gap(flow, fromB, missing);
      }
    }
    if (isLast && length >= old && !flows.has(flow, Flag.FIN << fromB)) {
      flows.set(flow, Flag.FIN << fromB);
      this.#streams.finished(flow, fromB);
      if (flows.has(flow, Flag.FIN << (fromB ^ 1))) this.#close(flow);
    }
  }

  /** Both sides have said their last word. */
  #close(flow: number): void {
    this.giveUpHoles(flow);
    this.#flows.end(flow);
  }

  #gap(flow: number, fromB: number, length: number): void {
    this.#flows.gaps++;
    this.#streams.gap(flow, fromB, length);
  }

  #startAnew(flow: number, fromB: number, packet: Packet, sequence: number): void {
    this.#streams.conversation.turnTo(flow, packet.time, null);
    const reader = this.#flows.streamReader(flow);
    if (reader !== null) reader.queue(fromB)?.clear();
    this.#gap(flow, fromB, 1);
    this.#flows.table.words[flow * WORDS + NEXT_SEQUENCE + fromB] = sequence;
  }

  /** Keeps a segment that came before its turn. Of what will be passed over only the length. */
  #keep(flow: number, fromB: number, packet: Packet, sequence: number, length: number): void {
    const flows = this.#flows;
    const before = this.#streams.openReader(flow);
    if (before.openQueue(fromB).isFull) this.#giveUpHole(flow, fromB, before);
    // What was waiting may have ended the connection, or changed who reads it.
    if (flows.has(flow, Flag.ENDED)) return;
    const reader = this.#streams.openReader(flow);
    const queue = reader.openQueue(fromB);
    const next = flows.table.words[flow * WORDS + NEXT_SEQUENCE + fromB]!;
    const ahead = sequenceDistance(sequence, next);
    const skip = flows.table.numbers[flow * NUMBERS + SKIP + fromB]!;
    const isRead = ahead + length >= skip && !queue.isFull;
    queue.insert(segmentOf(packet, sequence, length, isRead));
    flows.set(flow, Flag.WAITING);
    // Acknowledged before this came: what is before it has arrived, past the capture.
    if (ahead <= 0 || this.#isAcknowledged(flow, fromB, queue.first!.sequence)) {
      this.#giveUpHole(flow, fromB, reader);
    } else this.#settle(flow, fromB, packet, false);
  }

  #acknowledge(flow: number, fromB: number, packet: Packet, length: number): void {
    const flows = this.#flows;
    const other = fromB ^ 1;
    const at = flow * WORDS + ACKNOWLEDGED + other;
    const { words } = flows.table;
    const isFirst = !flows.has(flow, Flag.ACKNOWLEDGED << other);
    if (isFirst || sequenceDistance(packet.acknowledgement, words[at]!) > 0) {
      words[at] = packet.acknowledgement;
      if (isFirst) flows.set(flow, Flag.ACKNOWLEDGED << other);
    }
    if (flows.has(flow, Flag.WAITING)) this.#settle(flow, other, packet, length > 0);
  }

  #isAcknowledged(flow: number, fromB: number, sequence: number): boolean {
    if (!this.#flows.has(flow, Flag.ACKNOWLEDGED << fromB)) return false;
    const acknowledged = this.#flows.table.words[flow * WORDS + ACKNOWLEDGED + fromB]!;
    return sequenceDistance(acknowledged, sequence) >= 0;
  }

  /**
   * Gives up holes that will not be filled: acknowledged by a packet that brings an answer, or a
   * little while ago; or open for long.
   */
  #settle(flow: number, fromB: number, packet: Packet, isAnswer: boolean): void {
    const reader = this.#flows.streamReader(flow);
    if (reader === null) return;
    for (;;) {
      const queue = reader.queue(fromB);
      const first = queue?.first;
      if (queue === null || first === undefined) return;
      const age = packet.time - first.time;
      const isCertain = isAnswer || age > REORDER_TIME || queue.length >= REORDER_SEGMENTS;
      const isLost = isCertain && this.#isAcknowledged(flow, fromB, first.sequence);
      if (!isLost && age <= PATIENCE) return;
      this.#giveUpHole(flow, fromB, reader);
    }
  }

  #giveUpHole(flow: number, fromB: number, reader: StreamReader): void {
    const first = reader.queue(fromB)?.first;
    if (first === undefined) return;
    const words = this.#flows.table.words;
    const missing = sequenceDistance(
      first.sequence,
      words[flow * WORDS + NEXT_SEQUENCE + fromB]!,
    );
    this.#streams.conversation.turnTo(flow, first.time, first.acknowledgement);
    if (missing > 0) this.#gap(flow, fromB, missing);
    this.#drain(flow, fromB, first.time);
  }

  /** Hands on what waits no longer. */
  #drain(flow: number, fromB: number, time: number): void {
    const flows = this.#flows;
    if (!flows.has(flow, Flag.WAITING)) return;
    const reader = flows.streamReader(flow);
    if (reader === null) return;
    const queue = reader.queue(fromB);
    const next = flow * WORDS + NEXT_SEQUENCE + fromB;
    while (queue?.first !== undefined) {
      if (sequenceDistance(queue.first.sequence, flows.table.words[next]!) > 0) return;
      const { sequence, length, bytes, acknowledgement, isLast } = queue.shift();
      this.#streams.conversation.turnTo(flow, time, acknowledgement);
      this.#accept(flow, fromB, sequence, length, bytes, 0, bytes.length, isLast);
    }
    if ((reader.queue(fromB ^ 1)?.length ?? 0) === 0) {
      flows.table.words[flow * WORDS + FLAGS]! &= ~Flag.WAITING;
      reader.dropQueues();
    }
  }

  /** No more will come: what waits is handed on, with gaps before it. The client's words first. */
  giveUpHoles(flow: number): void {
    const flows = this.#flows;
    if (!flows.has(flow, Flag.WAITING)) return;
    const client = flows.sideOf(flow, 0);
    for (const fromB of [client, client ^ 1]) {
      const reader = flows.streamReader(flow);
      while (reader !== null && reader.queue(fromB)?.first !== undefined) {
        this.#giveUpHole(flow, fromB, reader);
      }
    }
  }
}

/** A copy of the segment in `packet`; without its bytes where nobody will read them. */
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

/** What tells the segments of one sender apart, in 32 bits. */
function digestOf(packet: Packet): number {
  // Each by itself: checksum and sequence number go together, and would cancel each other out.
  let sum = Math.imul(packet.identity, 0x9e3779b1) ^ packet.sequence;
  sum = Math.imul(sum ^ (sum >>> 15), 0x85ebca6b) ^ packet.acknowledgement;
  return Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35) ^ (packet.flags << 24) ^
    (packet.wireEnd - packet.at);
}

// Who reads a flow, and what that takes. Apart from the flow's record, as most flows have no reader for most
// of their life.

import { HOLDER_INDEX, type MemoryLedger } from "../memory_ledger.ts";
import type { Conversation, DatagramAnalyser, StreamAnalyser } from "../protocols/analyser.ts";
import { Carry, CARRY_BYTES } from "./carry.ts";
import { QUEUE_BYTES, SegmentQueue } from "./segments.ts";

/**
 * Bytes to skip if the analyser skips all that come: it may ask when the last one came. That is not noted of
 * connections that nobody reads any more, of which Infinity is skipped.
 */
export const TO_THE_END = Number.MAX_VALUE;

/** Bytes of memory that a reader takes by itself, with its places in lists. */
export const READER_BYTES = 330;

/** What both kinds of readers have: their flow, and what they are charged for. */
abstract class Reader {
  /** See Conversation.attachment. */
  attachment: unknown = null;
  /** The flow that it reads. */
  flow: number;
  /** Where it stands in the list of all readers. */
  place = 0;
  /** What its analyser was charged for last, and as which holder. */
  #analyserBytes = 0;
  #holder = 0;

  constructor(flow: number) {
    this.flow = flow;
  }

  abstract readonly analyser: StreamAnalyser | DatagramAnalyser | null;

  /** Bytes of memory that it is charged for. */
  get held(): number {
    return READER_BYTES + this.#analyserBytes;
  }

  /** Charges the ledger for what the analyser has come to hold, or to hold no longer. */
  settle(ledger: MemoryLedger): void {
    const { analyser } = this;
    const bytes = analyser === null ? 0 : analyser.held;
    if (bytes === this.#analyserBytes) return;
    if (analyser !== null && analyser.holder !== this.#holder) {
      this.#discharge(ledger);
      this.#holder = analyser.holder;
    }
    ledger.charge(this.#holder, bytes - this.#analyserBytes);
    this.#analyserBytes = bytes;
  }

  #discharge(ledger: MemoryLedger): void {
    ledger.charge(this.#holder, -this.#analyserBytes);
    this.#analyserBytes = 0;
  }

  /** Gives back all that it was charged for. */
  release(ledger: MemoryLedger): void {
    this.#discharge(ledger);
  }

  abstract end(on: Conversation): void;
}

/** Reads a TCP connection. `fromB` is 1 for what endpoint B sends, 0 for A. */
export class StreamReader extends Reader {
  /** Null until the protocol is known. */
  analyser: StreamAnalyser | null = null;
  /** See Conversation.skippedTime. */
  skippedTime = 0;
  /** One field for all of it, as most of a million connections never keep anything. */
  #kept: Kept | null = null;

  override get held(): number {
    return super.held + (this.#kept?.charged ?? 0);
  }

  /** What was dropped since the last call is charged until this one. */
  override settle(ledger: MemoryLedger): void {
    super.settle(ledger);
    const kept = this.#kept;
    if (kept === null) return;
    kept.charge(ledger, kept.messageBytes, kept.segmentBytes);
    if (kept.isEmpty) this.#kept = null;
  }

  override release(ledger: MemoryLedger): void {
    super.release(ledger);
    const kept = this.#kept;
    if (kept === null) return;
    kept.charge(ledger, 0, 0);
    // Whoever is about to read what waits there stops.
    kept.queueA?.clear();
    kept.queueB?.clear();
  }

  /** Bytes that were lost before all that A, or B, has sent; 0 if none were, or if it is not known. */
  lostFirst(fromB: number): number {
    if (this.#kept === null) return 0;
    return fromB === 0 ? this.#kept.lostOfA : this.#kept.lostOfB;
  }

  loseFirst(fromB: number, length: number): void {
    const kept = this.#kept ??= new Kept();
    if (fromB === 0) kept.lostOfA = length;
    else kept.lostOfB = length;
  }

  /** Segments that came too early; null if there are none. */
  queue(fromB: number): SegmentQueue | null {
    if (this.#kept === null) return null;
    return fromB === 0 ? this.#kept.queueA : this.#kept.queueB;
  }

  openQueue(fromB: number): SegmentQueue {
    const kept = this.#kept ??= new Kept();
    return fromB === 0 ? kept.queueA ??= new SegmentQueue() : kept.queueB ??= new SegmentQueue();
  }

  /** Frees the memory of both queues, which have to be empty. */
  dropQueues(): void {
    const kept = this.#kept;
    if (kept === null) return;
    kept.queueA = kept.queueB = null;
  }

  /** Bytes that cannot be read yet; null if there are none. */
  carry(fromB: number): Carry | null {
    if (this.#kept === null) return null;
    return fromB === 0 ? this.#kept.carryA : this.#kept.carryB;
  }

  openCarry(fromB: number): Carry {
    const kept = this.#kept ??= new Kept();
    return fromB === 0 ? kept.carryA ??= new Carry() : kept.carryB ??= new Carry();
  }

  /** Frees the memory of a carry: most connections rarely need one. */
  dropCarry(fromB: number): void {
    const kept = this.#kept;
    if (kept === null) return;
    if (fromB === 0) kept.carryA = null;
    else kept.carryB = null;
  }

  end(on: Conversation): void {
    this.analyser?.ended(on);
  }
}

/** Bytes that wait for more of them (carries), or for those before them (queues). */
class Kept {
  carryA: Carry | null = null;
  carryB: Carry | null = null;
  queueA: SegmentQueue | null = null;
  queueB: SegmentQueue | null = null;
  lostOfA = 0;
  lostOfB = 0;
  /** What was charged for the carries, and for the queues. */
  #messages = 0;
  #segments = 0;

  get isEmpty(): boolean {
    return this.carryA === null && this.carryB === null && this.queueA === null &&
      this.queueB === null && this.lostOfA === 0 && this.lostOfB === 0;
  }

  get charged(): number {
    return this.#messages + this.#segments;
  }

  charge(ledger: MemoryLedger, messages: number, segments: number): void {
    ledger.charge(HOLDER_INDEX.messages, messages - this.#messages);
    ledger.charge(HOLDER_INDEX.segments, segments - this.#segments);
    this.#messages = messages;
    this.#segments = segments;
  }

  get messageBytes(): number {
    const { carryA, carryB } = this;
    return (carryA === null ? 0 : CARRY_BYTES + carryA.bytes.length) +
      (carryB === null ? 0 : CARRY_BYTES + carryB.bytes.length);
  }

  get segmentBytes(): number {
    const { queueA, queueB } = this;
    return (queueA === null ? 0 : QUEUE_BYTES + queueA.held) +
      (queueB === null ? 0 : QUEUE_BYTES + queueB.held);
  }
}

/** Reads the datagrams of a UDP flow. */
export class DatagramReader extends Reader {
  readonly analyser: DatagramAnalyser;

  constructor(flow: number, analyser: DatagramAnalyser) {
    super(flow);
    this.analyser = analyser;
  }

  end(on: Conversation): void {
    this.analyser.ended(on);
  }
}

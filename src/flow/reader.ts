// Who reads a flow, and what that takes. Apart from the flow's record, as most flows have no reader for most
// of their life.

import { HOLDER_INDEX, type MemoryLedger } from "../memory_ledger.ts";
import type { Conversation, DatagramAnalyser, StreamAnalyser } from "../protocols/analyser.ts";
import { Carry, CARRY_BYTES } from "./carry.ts";
import { QUEUE_BYTES, SegmentQueue } from "./segments.ts";

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
    const holder = analyser === null ? this.#holder : HOLDER_INDEX[analyser.holder];
    ledger.charge(this.#holder, -this.#analyserBytes);
    ledger.charge(holder, bytes);
    this.#analyserBytes = bytes;
    this.#holder = holder;
  }

  /** Gives back all that it was charged for. */
  release(ledger: MemoryLedger): void {
    ledger.charge(this.#holder, -this.#analyserBytes);
    this.#analyserBytes = 0;
  }

  abstract end(on: Conversation): void;
}

/** Reads a TCP connection. `fromB` is 1 for what endpoint B sends, 0 for A. */
export class StreamReader extends Reader {
  /** Null until the protocol is known. */
  analyser: StreamAnalyser | null = null;
  /** One field for all of it, as most of a million connections never keep anything. */
  #kept: Kept | null = null;
  /** Bytes that were lost before all that A, or B, has sent; 0 if none were, or if it is not known. */
  #lostOfA = 0;
  #lostOfB = 0;
  #messageBytes = 0;
  #segmentBytes = 0;

  override get held(): number {
    return super.held + this.#messageBytes + this.#segmentBytes;
  }

  override settle(ledger: MemoryLedger): void {
    super.settle(ledger);
    const kept = this.#kept;
    const messages = kept === null ? 0 : kept.messageBytes;
    const segments = kept === null ? 0 : kept.segmentBytes;
    if (messages !== this.#messageBytes || segments !== this.#segmentBytes) {
      this.#chargeKept(ledger, messages, segments);
    }
  }

  #chargeKept(ledger: MemoryLedger, messages: number, segments: number): void {
    ledger.charge(HOLDER_INDEX.messages, messages - this.#messageBytes);
    ledger.charge(HOLDER_INDEX.segments, segments - this.#segmentBytes);
    this.#messageBytes = messages;
    this.#segmentBytes = segments;
  }

  override release(ledger: MemoryLedger): void {
    super.release(ledger);
    this.#chargeKept(ledger, 0, 0);
    // Whoever is about to read what waits there stops.
    this.#kept?.queueA?.clear();
    this.#kept?.queueB?.clear();
  }

  lostFirst(fromB: number): number {
    return fromB === 0 ? this.#lostOfA : this.#lostOfB;
  }

  loseFirst(fromB: number, length: number): void {
    if (fromB === 0) this.#lostOfA = length;
    else this.#lostOfB = length;
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
    if (kept.isEmpty) this.#kept = null;
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
    if (kept.isEmpty) this.#kept = null;
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

  get isEmpty(): boolean {
    return this.carryA === null && this.carryB === null && this.queueA === null &&
      this.queueB === null;
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

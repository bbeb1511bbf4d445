// Who reads each flow. Apart from the flow's record, as most flows have no reader for most of their
// life.

import type { Conversation, DatagramAnalyser, StreamAnalyser } from "../protocols/analyser.ts";
import { Carry } from "./carry.ts";
import { SegmentQueue } from "./segments.ts";

/** Reads a TCP connection. `fromB` is 1 for what endpoint B sends, 0 for A. */
export class StreamReader {
  /** See Conversation.attachment. */
  attachment: unknown = null;
  /** Null until the protocol is known. */
  analyser: StreamAnalyser | null = null;
  /** One field for all of it, as most of a million connections never keep anything. */
  #kept: Kept | null = null;

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
    this.queue(0)?.clear();
    this.queue(1)?.clear();
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
}

/** Reads the datagrams of a UDP flow. */
export class DatagramReader {
  /** See Conversation.attachment. */
  attachment: unknown = null;
  readonly analyser: DatagramAnalyser;

  constructor(analyser: DatagramAnalyser) {
    this.analyser = analyser;
  }

  end(on: Conversation): void {
    this.analyser.ended(on);
  }
}

/** The readers of all flows, indexed by flow; null for a flow that nobody reads. */
export class FlowReaders {
  streams: (StreamReader | null)[] = [];
  datagrams: (DatagramReader | null)[] = [];

  of(flow: number): StreamReader | DatagramReader | null {
    return this.streams[flow] ?? this.datagrams[flow] ?? null;
  }

  clear(flow: number): void {
    this.streams[flow] = this.datagrams[flow] = null;
  }

  /** Follows the flows to their new numbers, see FlowTable. */
  move(to: Int32Array): void {
    this.streams = moved(this.streams, to);
    this.datagrams = moved(this.datagrams, to);
  }
}

/**
 * What is indexed by flow, after flows got new numbers. A new array, so that a long one's memory is
 * freed.
 */
export function moved<Item>(items: readonly Item[], to: Int32Array): Item[] {
  const result: Item[] = [];
  for (let flow = 0; flow < to.length; flow++) {
    if (to[flow]! >= 0) result.push(items[flow]!);
  }
  return result;
}

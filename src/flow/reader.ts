// Who reads a flow: kept apart from its record, because most flows need no reader for most of their life.

import type { Conversation, DatagramAnalyser, StreamAnalyser } from "../protocols/analyser.ts";
import { Carry } from "./carry.ts";
import { SegmentQueue } from "./segments.ts";

/** Reads a TCP connection. The arrays are indexed by sender: 0 for endpoint A, 1 for B. */
export class StreamReader {
  /** Whatever the sink wants to find again with the next message of this connection. */
  memo: unknown = null;
  /** Null until the protocol is known. */
  analyser: StreamAnalyser | null = null;
  readonly #carries: [Carry | null, Carry | null] = [null, null];
  readonly #queues: [SegmentQueue | null, SegmentQueue | null] = [null, null];

  /** What came before its turn; null where nothing did. */
  queue(fromB: number): SegmentQueue | null {
    return this.#queues[fromB] ?? null;
  }

  openQueue(fromB: number): SegmentQueue {
    return this.#queues[fromB] ??= new SegmentQueue();
  }

  /** What can't be read yet; null where nothing was ever kept. */
  carry(fromB: number): Carry | null {
    return this.#carries[fromB] ?? null;
  }

  openCarry(fromB: number): Carry {
    return this.#carries[fromB] ??= new Carry();
  }

  /** Frees an idle carry's memory: most connections rarely need one. */
  dropCarry(fromB: number): void {
    this.#carries[fromB] = null;
  }

  end(on: Conversation): void {
    this.analyser?.ended(on);
    this.#queues[0]?.clear();
    this.#queues[1]?.clear();
  }
}

/** Reads the datagrams of a UDP flow. */
export class DatagramReader {
  memo: unknown = null;
  readonly analyser: DatagramAnalyser;

  constructor(analyser: DatagramAnalyser) {
    this.analyser = analyser;
  }

  end(on: Conversation): void {
    this.analyser.ended(on);
  }
}

// The readers of all flows: found by their flow, or one after the other to see which may go.

import { HOLDER_INDEX, type MemoryLedger } from "../memory_ledger.ts";
import type { DatagramAnalyser } from "../protocols/analyser.ts";
import { DatagramReader, READER_BYTES, StreamReader } from "./reader.ts";

export class FlowReaders {
  /** Indexed by flow, null if nobody reads it. In one list, as most of a million flows have few readers. */
  #byFlow: (StreamReader | DatagramReader | null)[] = [];
  readonly #ledger: MemoryLedger;
  /** All of them, in no order, so that those to be evicted are found without a walk over all flows. */
  readonly #all: (StreamReader | DatagramReader)[] = [];
  #hand = 0;

  constructor(ledger: MemoryLedger) {
    this.#ledger = ledger;
  }

  of(flow: number): StreamReader | DatagramReader | null {
    return this.#byFlow[flow]!;
  }

  /** The reader of a TCP flow. */
  ofStream(flow: number): StreamReader | null {
    return this.#byFlow[flow] as StreamReader | null;
  }

  /** The reader of a UDP flow. */
  ofDatagrams(flow: number): DatagramReader | null {
    return this.#byFlow[flow] as DatagramReader | null;
  }

  /** Makes room for a flow that nobody reads yet. */
  add(flow: number): void {
    this.#byFlow[flow] = null;
  }

  /** The reader of a TCP flow, made if there is none. */
  openStream(flow: number): StreamReader {
    return this.ofStream(flow) ?? this.#opened(new StreamReader(flow));
  }

  openDatagrams(flow: number, analyser: DatagramAnalyser): void {
    this.#opened(new DatagramReader(flow, analyser));
  }

  #opened<Opened extends StreamReader | DatagramReader>(reader: Opened): Opened {
    this.#byFlow[reader.flow] = reader;
    reader.place = this.#all.length;
    this.#all.push(reader);
    this.#ledger.charge(HOLDER_INDEX.flows, READER_BYTES);
    return reader;
  }

  /** Charges the ledger for what the flow's reader holds now. */
  settle(flow: number): void {
    const reader = this.of(flow);
    if (reader !== null) reader.settle(this.#ledger);
  }

  /** Nobody reads the flow any more. */
  close(flow: number): void {
    const reader = this.of(flow);
    if (reader === null) return;
    this.#byFlow[flow] = null;
    reader.release(this.#ledger);
    this.#ledger.charge(HOLDER_INDEX.flows, -READER_BYTES);
    const last = this.#all.pop()!;
    if (last === reader) return;
    this.#all[reader.place] = last;
    last.place = reader.place;
  }

  /** The next reader of an endless walk over all of them; null if there is none. */
  next(): StreamReader | DatagramReader | null {
    if (this.#all.length === 0) return null;
    if (this.#hand >= this.#all.length) this.#hand = 0;
    return this.#all[this.#hand++]!;
  }

  /** Follows the flows to their new numbers, see FlowTable. */
  move(to: Int32Array): void {
    this.#byFlow = moved(this.#byFlow, to);
    for (const reader of this.#all) reader.flow = to[reader.flow]!;
  }
}

/** What is indexed by flow, after flows got new numbers. A new array, so that a long one's memory is freed. */
export function moved<Item>(items: readonly Item[], to: Int32Array): Item[] {
  const result: Item[] = [];
  for (let flow = 0; flow < to.length; flow++) {
    if (to[flow]! >= 0) result.push(items[flow]!);
  }
  return result;
}

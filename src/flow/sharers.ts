// Who else is charged for a flow than its account: a program, a client. What a flow transfers is added up
// here until that is settled, so that a packet costs one addition, and nothing if nobody shares.

import type { Account } from "./account.ts";

/** Hears what becomes of flows. */
export interface Sharer {
  /** The flow has sent `length` bytes more; `fromB`: 1 if endpoint B has. */
  charge(flow: number, fromB: number, length: number): void;
  /** The flow has got its first account. */
  opened(flow: number, account: Account): void;
  /** The flow is about to have another account, or to end: what was added up belongs to this one. */
  settle(flow: number, account: Account): void;
  /** The flow's number is free. */
  removed(flow: number): void;
  /** Flows got new numbers, see FlowTable. */
  moved(to: Int32Array): void;
}

const MIN_FLOWS = 1024;

/** Bytes that each flow's endpoints have sent. */
export class UnsettledBytes {
  #bytes = new Float64Array(2 * MIN_FLOWS);

  /** Bytes of memory. */
  get held(): number {
    return this.#bytes.byteLength;
  }

  add(flow: number, fromB: number, length: number): void {
    if (2 * flow >= this.#bytes.length) this.#grow(flow);
    this.#bytes[2 * flow + fromB]! += length;
  }

  /** What endpoint B, or A, has sent; it begins at 0 again. */
  take(flow: number, fromB: number): number {
    const at = 2 * flow + fromB;
    const bytes = this.#bytes[at] ?? 0;
    if (bytes > 0) this.#bytes[at] = 0;
    return bytes;
  }

  move(to: Int32Array): void {
    const before = this.#bytes;
    this.#bytes = new Float64Array(2 * Math.max(MIN_FLOWS, to.length));
    for (let flow = 0; flow < to.length; flow++) {
      if (to[flow]! < 0) continue;
      this.#bytes[2 * to[flow]!] = before[2 * flow] ?? 0;
      this.#bytes[2 * to[flow]! + 1] = before[2 * flow + 1] ?? 0;
    }
  }

  #grow(flow: number): void {
    const bytes = new Float64Array(4 * (flow + 1));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}

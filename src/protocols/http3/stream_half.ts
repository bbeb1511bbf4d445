// What one side sends on one stream of HTTP/3.

import { StreamOrder } from "./stream_order.ts";

/** Bytes of memory that it takes by itself. */
const HALF_BYTES = 300;

const NOTHING: Uint8Array = new Uint8Array(0);

export class StreamHalf {
  readonly order = new StreamOrder();
  /** The beginning of a frame or an instruction whose end has not come, and when it came. */
  kept: Uint8Array = NOTHING;
  keptTime = 0;
  /** The type of a stream of one direction; -1 until it has come. */
  type = -1;
  /** Whether what is passed over is a body. */
  isBody = false;
  /** Header blocks that were read. */
  blocks = 0;
  /** Header blocks that wait for their table, and the bytes of bodies that came since. */
  waiting = 0;
  waitingBody = 0;
  hasEnded = false;

  get held(): number {
    return HALF_BYTES + this.kept.length + this.order.held;
  }

  /** What was kept, with these bytes behind it. */
  join(bytes: Uint8Array, at: number, end: number): Uint8Array {
    if (this.kept.length === 0) return bytes.subarray(at, end);
    const all = new Uint8Array(this.kept.length + end - at);
    all.set(this.kept);
    all.set(bytes.subarray(at, end), this.kept.length);
    return all;
  }

  keep(bytes: Uint8Array, at: number, time: number): void {
    if (at < bytes.length && this.kept.length === 0) this.keptTime = time;
    this.kept = at < bytes.length ? bytes.slice(at) : NOTHING;
  }
}

// The interface between the reader of files and the file formats.

import { MAX_SNAPLEN } from "../../ffi/libpcap.ts";
import type { Batch } from "./batch.ts";

/**
 * A packet's length on the wire, of which its record claims `told`: at least what was captured, and no
 * more than an interface can send.
 */
export const wireLength = (captured: number, told: number): number =>
  told > MAX_SNAPLEN ? captured : Math.max(captured, told);

/** The batch has no room left. */
export const FULL = 0;
/** The next packet is not complete in the input. */
export const SHORT = 1;
/** The next bytes are not of this format. */
export const BROKEN = 2;

/** The part of a file that is in memory: `bytes[start..end)`. */
export class Input {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  start = 0;
  end = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** A view of these bytes. Valid until more is read. */
  rest(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(this.start, this.end);
  }

  clear(): void {
    this.start = this.end = 0;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Moves the bytes to the front of the buffer, to make room for more. */
  compact(): void {
    this.bytes.copyWithin(0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
  }
}

/**
 * Takes a piece of a key log that a capture file contains, which may begin and end anywhere in a line; `isEnd`
 * tells that no more belongs to it. The bytes are overwritten later.
 */
export type TakeSecrets = (bytes: Uint8Array, isEnd: boolean) => void;

/** Finds the packets in the bytes of a file. */
export interface CaptureFormat {
  /** Adds packets to `batch`, and moves `input.start` behind them. */
  read(input: Input, batch: Batch): typeof FULL | typeof SHORT | typeof BROKEN;
  /** Whether it skips bytes that were not read yet: the file must not end here. */
  readonly isPassing: boolean;
}

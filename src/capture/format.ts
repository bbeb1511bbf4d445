// What file formats and the reader of files agree on.

import type { Batch } from "./batch.ts";

/** libpcap's MAXIMUM_SNAPLEN: a packet that claims more is a sign of damage. */
export const MAX_PACKET = 262144;

/**
 * A packet's length on the wire as its record tells. It may claim less than it holds, or anything: what no
 * interface sends is not believed.
 */
export const wireLength = (captured: number, told: number): number =>
  told > MAX_PACKET ? captured : Math.max(captured, told);

/** The batch has no room left. */
export const FULL = 0;
/** The next packet is not wholly in the input. */
export const SHORT = 1;
/** What comes next can't be of this format. */
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

  /** What is there. Valid until more is read. */
  rest(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(this.start, this.end);
  }

  clear(): void {
    this.start = this.end = 0;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Moves what is left to the front, to make room for more. */
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

/** Finds packets in a file's bytes. */
export interface CaptureFormat {
  /** Adds packets to `batch`, and moves `input.start` past them. */
  read(input: Input, batch: Batch): typeof FULL | typeof SHORT | typeof BROKEN;
  /** Whether bytes that are passed over are still to come: no place for a file to end. */
  readonly isPassing: boolean;
}

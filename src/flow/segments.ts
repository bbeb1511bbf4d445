// TCP segments that came too early. They are kept until the bytes before them come, or are known to be
// lost.

import { sequenceDistance } from "../bytes.ts";

/** For one direction of one connection: a large window, in full-size segments. */
const MAX_SEGMENTS = 1024;
/** Bytes of memory. */
const MAX_BYTES = 2 << 20;
/** Bytes of memory that a queue and a segment take, beside the segment's bytes. */
export const QUEUE_BYTES = 170;
const SEGMENT_BYTES = 400;

/** Of a segment that was captured, but whose bytes nobody will read. */
export const NO_BYTES = new Uint8Array(0);

/** A copy of a segment. */
export interface Segment {
  /** Of the first byte, int32. */
  readonly sequence: number;
  /** Payload bytes on the wire. */
  readonly length: number;
  /** Those of them that were captured; NO_BYTES if all will be skipped. */
  readonly bytes: Uint8Array;
  readonly acknowledgement: number | null;
  /** When it was captured, microseconds since 1970. */
  readonly time: number;
  readonly isLast: boolean;
}

/** Segments in the order of their sequence numbers. */
export class SegmentQueue {
  readonly #segments: Segment[] = [];
  /** Bytes of memory that the segments take. */
  held = 0;

  get first(): Segment | undefined {
    return this.#segments[0];
  }

  get length(): number {
    return this.#segments.length;
  }

  /** Whether no more may be kept, so that the first hole has to be given up. */
  get isFull(): boolean {
    return this.#segments.length >= MAX_SEGMENTS || this.held >= MAX_BYTES;
  }

  insert(segment: Segment): void {
    const segments = this.#segments;
    let at = segments.length;
    while (at > 0 && sequenceDistance(segments[at - 1]!.sequence, segment.sequence) > 0) at--;
    const before = segments[at - 1];
    if (
      before !== undefined && before.sequence === segment.sequence &&
      before.length >= segment.length && before.isLast === segment.isLast
    ) return;
    segments.splice(at, 0, segment);
    this.held += SEGMENT_BYTES + segment.bytes.length;
  }

  shift(): Segment {
    const segment = this.#segments.shift()!;
    this.held -= SEGMENT_BYTES + segment.bytes.length;
    return segment;
  }

  clear(): void {
    this.#segments.length = 0;
    this.held = 0;
  }
}
